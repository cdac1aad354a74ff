// A script: everything that is done, in order, as data. conversation/run-script.ts runs any script and decides nothing.

import type { InitStep } from '../init/protocol.ts';
import type { HostStep } from './host-step.ts';

/** Who runs steps of the init (init/protocol.ts draws who starts whom). */
export type Stage = 'prepare' | 'user' | 'outer' | 'joiner' | 'container';

/** Records that a script waits for. */
export type Awaited = 'HELLO' | 'PID' | 'SYNC' | 'LISTENER' | 'READY' | 'EXEC';

export type Phase = HostPhase | InitPhase;

export type HostPhase = {
  readonly by: 'host';
  readonly steps: readonly HostStep[];
  /** What must have come before the next phase begins, in order. */
  readonly until: readonly Awaited[];
  /** Only where the limit of processes left no room for the joiner (record CROWDED). */
  readonly when?: 'crowded';
  /** How often the phase begins again when a directory that it needs has gone: other containers remove theirs meanwhile. */
  readonly attempts?: number;
};

/** Steps that are sent. They may still run while the next phases do: nothing but `until` waits for them. */
export type InitPhase = {
  readonly by: Stage;
  readonly steps: readonly InitStep[];
  readonly until: readonly Awaited[];
};

export type Script = readonly Phase[];

/** A phase without steps does nothing, unless it waits. */
export function hostPhase(
  steps: readonly HostStep[],
  until: readonly Awaited[] = [],
  more: Pick<HostPhase, 'when' | 'attempts'> = {},
): Phase[] {
  return steps.length + until.length === 0 ? [] : [{ by: 'host', steps, until, ...more }];
}

export function initPhase(by: Stage, steps: readonly InitStep[], until: readonly Awaited[] = []): Phase[] {
  return steps.length + until.length === 0 ? [] : [{ by, steps, until }];
}
