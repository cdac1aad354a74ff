// The processes of a container.

import { directoriesOf } from '../cgroup/container-cgroup.ts';
import { processesBelow } from '../host/cgroup.ts';
import type { Environment } from './environment.ts';
import { loadContainer } from './load.ts';

/** Pids on the host, of every process in the container's cgroups. */
export async function processes(
  env: Environment,
  request: { readonly id: string },
): Promise<readonly number[]> {
  const { state } = loadContainer(env, request);
  return processesBelow(directoriesOf(state.cgroups)).toSorted((a, b) => a - b);
}
