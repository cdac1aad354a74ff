// Signals to every process of cgroups.

import type { Freezer } from '../../cgroup/cgroup-steps.ts';
import { errorCode } from '../files.ts';
import { isFrozen, setFrozen } from './freezer.ts';

/** Signals every process at one moment: stopped meanwhile, none is made and no pid becomes another's. */
export function signalAll(
  freezers: readonly Freezer[],
  processes: () => readonly number[],
  signal: number,
): void {
  const stopped = freezers.length > 0 && !isFrozen(freezers);
  if (stopped) setFrozen(freezers, true);
  try {
    signalProcesses(processes(), signal);
  } finally {
    if (stopped) setFrozen(freezers, false);
  }
}

/** Signals processes; one that is gone is fine. */
export function signalProcesses(pids: readonly number[], signal: number): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (errorCode(error) !== 'ESRCH') throw error;
    }
  }
}
