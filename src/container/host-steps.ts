// What slipway does on the host with a process that runs its own steps meanwhile.

import type { Channel } from '../host/channel.ts';
import { identityOf, isAlive, waitUntil } from '../host/process.ts';
import { runProcessStep } from '../host/process-steps.ts';
import type { InitStep } from '../init/protocol.ts';
import type { ProcessStep } from '../plan/plan.ts';
import { failureOf, isFailure } from './init-records.ts';
import type { UndoStack } from './undo.ts';

export type HostSteps = {
  readonly steps: readonly ProcessStep[];
  readonly pid: number;
  readonly channel: Channel;
  readonly sent: readonly InitStep[];
  readonly undo: UndoStack;
};

/** Runs steps in order. A process that has failed meanwhile has the better reason: its record is thrown. */
export async function runHostSteps({ steps, pid, channel, sent, undo }: HostSteps): Promise<void> {
  const process = identityOf(pid);
  for (const step of steps) {
    try {
      const takeBack = await runProcessStep(pid, step);
      if (takeBack !== null) undo.add(takeBack);
    } catch (error) {
      const ended = process.startTime === '' || waitUntil(() => !isAlive(process), patience);
      throw (ended ? await failureIn(channel, sent) : null) ?? error;
    }
  }
}

/** Milliseconds that a process which has lost its namespaces may take to its end. */
const patience = 100;

/** What a process said that has ended; null when it said nothing. */
async function failureIn(channel: Channel, sent: readonly InitStep[]): Promise<Error | null> {
  for (let record = await channel.next(); record !== null; record = await channel.next())
    if (isFailure(record)) return failureOf(record, sent, 'INIT_FAILED');
  return null;
}
