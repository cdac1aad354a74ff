// pause and resume: the freezer stops every process of a container, and lets them go on.

import { setFrozen } from '../host/cgroup/freezer.ts';
import type { Environment } from './environment.ts';
import { loadContainer } from './load.ts';
import { demand } from './status.ts';

export async function pause(env: Environment, request: { readonly id: string }): Promise<void> {
  const { id, state, status } = loadContainer(env, request);
  demand('pause', id, status);
  setFrozen(state.freezers, true);
}

export async function resume(env: Environment, request: { readonly id: string }): Promise<void> {
  const { id, state, status } = loadContainer(env, request);
  demand('resume', id, status);
  setFrozen(state.freezers, false);
}
