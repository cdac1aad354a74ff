// Signals through a pidfd: slipway-init checks the start time between opening the pidfd and using it.

import { RuntimeError } from '../error/error.ts';
import { shipped } from './launch.ts';
import { isAlive, type ProcessIdentity, waitUntil } from './process.ts';

/** Sends a signal; false when the process is gone or its pid belongs to another one now. */
export async function sendSignal({ pid, startTime }: ProcessIdentity, signal: number): Promise<boolean> {
  const { spawnSync } = await import('node:child_process');
  const result = spawnSync(shipped('slipway-init'), ['signal', String(pid), startTime, String(signal)]);
  if (result.status === 0) return true;
  if (result.status === 3) return false;
  const why = String(result.stderr ?? '').trim();
  throw new RuntimeError('SYSTEM', `signal ${signal} to ${pid}: ${why}`, { cause: result.error });
}

/** Kills a process and waits until it is gone. Throws when the kernel does not let it go. */
export async function endProcess(identity: ProcessIdentity): Promise<void> {
  if (!isAlive(identity)) return;
  await sendSignal(identity, 9);
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

/** Passes the signals that reach slipway on to a child of its own, until the returned function is called. */
export function followSignals(pid: number): () => void {
  const pass = (name: NodeJS.Signals) => void process.kill(pid, name);
  for (const name of relayed) process.on(name, pass);
  return () => {
    for (const name of relayed) process.off(name, pass);
  };
}
