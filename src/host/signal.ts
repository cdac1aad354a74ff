// Signals through a pidfd: slipway-init checks the start time between opening the pidfd and using it.

import { constants } from 'node:os';
import { RuntimeError } from '../error/error.ts';
import { relayedSignal } from '../init/protocol.ts';
import { runShipped } from './launch.ts';
import { isAlive, isStopped, type ProcessIdentity, waitUntil } from './process.ts';

/** Sends a signal; false when the process is gone or its pid belongs to another one now. */
export async function sendSignal({ pid, startTime }: ProcessIdentity, signal: number): Promise<boolean> {
  const args = ['signal', String(pid), startTime, String(signal)];
  const { status, complaint } = await runShipped('slipway-init', args);
  if (status === 0) return true;
  if (status === 3) return false;
  throw new RuntimeError('SYSTEM', `signal ${signal} to ${pid}: ${complaint}`);
}

/** Kills a process and waits until it is gone. `killed`: what happens in between. Throws when the kernel does not let it go. */
export async function endProcess(identity: ProcessIdentity, killed = () => {}): Promise<void> {
  if (!isAlive(identity)) return;
  await sendSignal(identity, 9);
  killed();
  if (waitUntil(() => !isAlive(identity), 10_000)) return;
  throw new RuntimeError('SYSTEM', `process ${identity.pid} did not end 10 s after SIGKILL`);
}

/** Signals that a foreground command passes on. */
const relayed: readonly NodeJS.Signals[] = [
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGTERM',
  'SIGUSR1',
  'SIGUSR2',
  'SIGWINCH',
  'SIGCONT',
  'SIGALRM',
];

/** Passes the signals that reach slipway on to its outer init, which may relay a terminal, until the returned function is called. */
export function followSignals({ pid }: ProcessIdentity, terminal: boolean): () => void {
  const pass = (name: NodeJS.Signals) => {
    // One that was stopped must first go on.
    if (name === 'SIGCONT') process.kill(pid, name);
    process.kill(pid, relayedSignal + constants.signals[name]);
  };
  // Both stop, the outer init first: it gives the terminal back.
  const stop = () => {
    pass('SIGTSTP');
    waitUntil(() => isStopped(pid), stopDeadline);
    process.kill(process.pid, 'SIGSTOP');
  };
  for (const name of relayed) process.on(name, pass);
  if (terminal) process.on('SIGTSTP', stop);
  return () => {
    for (const name of relayed) process.off(name, pass);
    process.off('SIGTSTP', stop);
  };
}

const stopDeadline = 1000;
