// Signals through a pidfd: slipway-init checks the start time between opening the pidfd and using it.

import { constants } from 'node:os';
import { RuntimeError } from '../error/error.ts';
import { relayedSignal } from '../init/protocol.ts';
import { errorCode } from './files.ts';
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

/** Those that end what slipway is still setting up. */
const ending: readonly NodeJS.Signals[] = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'];

export type Following = {
  /** Rejects with INTERRUPTED when a signal asks slipway to end before the program runs. */
  readonly interruption: Promise<never>;
  /** The program runs: from now on signals are for it. */
  readonly ready: () => void;
  /** Ends the passing on. */
  readonly release: () => void;
};

/** Passes the signals that reach slipway on to its outer init, which may relay a terminal, once the program runs. */
export function followSignals({ pid }: ProcessIdentity, terminal: boolean): Following {
  const { promise: interruption, reject } = Promise.withResolvers<never>();
  // Nobody may be waiting.
  interruption.catch(() => undefined);
  let runs = false;
  const early: NodeJS.Signals[] = [];
  const tell = (signal: NodeJS.Signals | number) => {
    try {
      process.kill(pid, signal);
    } catch (error) {
      // It ends by itself, and slipway with it.
      if (errorCode(error) !== 'ESRCH') throw error;
    }
  };
  const pass = (name: NodeJS.Signals) => {
    // The outer init may know no signals yet; or the program runs already, and slipway is about to hear of it.
    if (!runs) {
      early.push(name);
      if (ending.includes(name)) setTimeout(() => runs || reject(interrupted(name)), grace);
      return;
    }
    // One that was stopped must first go on.
    if (name === 'SIGCONT') tell(name);
    tell(relayedSignal + constants.signals[name]);
  };
  // Both stop, the outer init first: it gives the terminal back.
  const stop = () => {
    pass('SIGTSTP');
    if (runs) waitUntil(() => isStopped(pid), stopDeadline);
    process.kill(process.pid, 'SIGSTOP');
  };
  for (const name of relayed) process.on(name, pass);
  if (terminal) process.on('SIGTSTP', stop);
  return {
    interruption,
    ready: () => {
      runs = true;
      for (const name of early.splice(0)) pass(name);
    },
    release: () => {
      for (const name of relayed) process.off(name, pass);
      process.off('SIGTSTP', stop);
    },
  };
}

function interrupted(name: NodeJS.Signals): RuntimeError {
  return new RuntimeError('INTERRUPTED', `interrupted by ${name} before the program ran`);
}

/** Runs what SIGINT and its like may end on its way: `work` fails once its signal is aborted. Throws INTERRUPTED then. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const abort = (name: NodeJS.Signals) =>
    controller.abort(new RuntimeError('INTERRUPTED', `interrupted by ${name}`));
  for (const name of ending) process.on(name, abort);
  try {
    return await work(controller.signal);
  } catch (error) {
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    for (const name of ending) process.off(name, abort);
  }
}

/** Milliseconds that a signal waits for the program, before it ends what is still being set up. */
const grace = 250;

const stopDeadline = 1000;
