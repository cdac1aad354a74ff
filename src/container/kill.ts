// kill (runtime.md#kill).

import { directoriesOf } from '../cgroup/container-cgroup.ts';
import { RuntimeError } from '../error/error.ts';
import { signalCgroups } from '../host/cgroup.ts';
import { sendSignal } from '../host/signal.ts';
import { parseContainerId } from '../store/id.ts';
import { containerPaths, load } from '../store/store.ts';
import type { Environment } from './environment.ts';
import { parseSignal } from './signals.ts';
import { demand, statusOf } from './status.ts';

export type KillRequest = {
  readonly id: string;
  /** Name or number. */
  readonly signal: string;
  /** Every process of the container; then a stopped container is no error, as runc does. */
  readonly all: boolean;
};

export async function kill(env: Environment, request: KillRequest): Promise<void> {
  const id = parseContainerId(request.id);
  const paths = containerPaths(env.root, id);
  const state = load(paths, id);
  const signal = parseSignal(request.signal);
  const cgroups = directoriesOf(state.cgroups);
  if (request.all) return signalCgroups(cgroups, signal);
  demand('kill', id, statusOf(state, paths));
  if (state.init === null || !(await sendSignal(state.init, signal))) {
    throw new RuntimeError('WRONG_STATUS', `container not running: ${id}`, { ref: id });
  }
  // Without a pid namespace of its own nothing else ends the other processes.
  if (signal === 9 && !state.ownPidNamespace) signalCgroups(cgroups, signal);
}
