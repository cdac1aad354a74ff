// Signals through a pidfd: slipway-init checks the start time between opening the pidfd and using it.

import { spawnSync } from 'node:child_process';
import { RuntimeError } from '../error/error.ts';
import { shipped } from './launch.ts';
import { isAlive, type ProcessIdentity, waitUntil } from './process.ts';

/** Sends a signal; false when the process is gone or its pid belongs to another one now. */
export function sendSignal({ pid, startTime }: ProcessIdentity, signal: number): boolean {
  const result = spawnSync(shipped('slipway-init'), ['signal', String(pid), startTime, String(signal)]);
  if (result.status === 0) return true;
  if (result.status === 3) return false;
  const why = String(result.stderr ?? '').trim();
  throw new RuntimeError('SYSTEM', `signal ${signal} to ${pid}: ${why}`, { cause: result.error });
}

/** Kills a process and waits until it is gone. Throws when the kernel does not let it go. */
export function endProcess(identity: ProcessIdentity): void {
  if (!isAlive(identity)) return;
  sendSignal(identity, 9);
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

/** Passes the signals that reach slipway on to a receiver, until the returned function is called. */
export function followSignals(receive: (name: NodeJS.Signals) => void): () => void {
  for (const name of relayed) process.on(name, receive);
  return () => {
    for (const name of relayed) process.off(name, receive);
  };
}
