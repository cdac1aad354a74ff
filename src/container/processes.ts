// The processes of a container.

import { directoriesOf } from '../cgroup/container-cgroup.ts';
import { RuntimeError } from '../error/error.ts';
import { processesBelow } from '../host/cgroup/membership.ts';
import { isAlive, processesBeside } from '../host/process.ts';
import type { SavedState } from '../store/saved-state.ts';
import type { Environment } from './environment.ts';
import { loadContainer } from './load.ts';

/** Pids on the host. */
export async function processes(
  env: Environment,
  request: { readonly id: string },
): Promise<readonly number[]> {
  const { state } = loadContainer(env, request);
  return processesOf(state).toSorted((a, b) => a - b);
}

/** Every process in its cgroups; without cgroups in its pid namespace. Throws NOT_SUPPORTED when it has neither. */
export function processesOf({ id, cgroups, init, ownPidNamespace }: SavedState): readonly number[] {
  if (cgroups.length > 0) return processesBelow(directoriesOf(cgroups));
  if (init === null || !isAlive(init)) return [];
  if (ownPidNamespace) return processesBeside(init.pid);
  throw new RuntimeError(
    'NOT_SUPPORTED',
    `container ${id} is not using cgroups, and no pid namespace of its own: nothing tells which processes it has`,
    { ref: id },
  );
}
