// delete (runtime.md#delete): removes what create made.

import { directoriesOf } from '../cgroup/container-cgroup.ts';
import { RuntimeError } from '../error/error.ts';
import { thaw } from '../host/cgroup/freezer.ts';
import { removeCgroups } from '../host/cgroup/removal.ts';
import { exists } from '../host/files.ts';
import { removeRdt } from '../host/rdt.ts';
import { endProcess } from '../host/signal.ts';
import { type ContainerId, parseContainerId } from '../store/id.ts';
import { remainsOf, type SavedState } from '../store/saved-state.ts';
import {
  type ContainerPaths,
  containerPaths,
  load,
  loadDocument,
  removeContainer,
  savedHook,
} from '../store/store.ts';
import { removeCallerRoot } from './caller-root.ts';
import { removeCgroupsOf } from './cgroups.ts';
import type { Environment } from './environment.ts';
import { runPoststop } from './hooks.ts';
import { demand, statusOf } from './status.ts';

export type DeleteRequest = { readonly id: string; readonly force: boolean };

export async function deleteContainer(env: Environment, request: DeleteRequest): Promise<void> {
  const id = parseContainerId(request.id);
  const paths = containerPaths(env.root, id);
  const state = request.force ? await loadForced(env, paths, id) : load(paths, id);
  if (state === null) return;
  if (!request.force) demand('delete', id, statusOf(state, paths));
  await destroy(env, state, paths);
}

/** Ends what still runs, and removes the container. */
export async function destroy(
  env: Environment,
  state: SavedState,
  paths: ContainerPaths,
  bundle: BundleFate = 'removed',
): Promise<void> {
  // A `create` that still works on it would go on making what is removed here.
  if (!state.ready) await endProcess(state.creator);
  const hook = savedHook(paths);
  if (hook !== null) await endProcess(hook);
  // Without slipway the outer init ends by itself. Killed, it would leave a CRIU that hangs and keeps the first process from its end.
  if (state.ready) await endProcess(state.outer);
  else await (await import('../host/init-process.ts')).endInit(state.outer);
  if (state.init !== null) await endProcess(state.init, () => thaw(directoriesOf(state.cgroups)));
  await removeStopped(env, state, paths, bundle);
}

/** What becomes of a bundle that slipway made for the container. */
type BundleFate = 'removed' | 'kept';

/** Removes cgroups and state, and runs the poststop hooks. */
export async function removeStopped(
  env: Environment,
  state: SavedState,
  paths: ContainerPaths,
  bundle: BundleFate = 'removed',
): Promise<void> {
  await removeCallerRoot(env, state);
  await removeCgroupsOf(env.root, state);
  removeRdt(state.rdt ?? []);
  if (bundle === 'removed') await removeBundle(paths);
  removeContainer(paths);
  await runPoststop(env, state);
}

async function removeBundle(paths: ContainerPaths): Promise<void> {
  if (!exists(paths.bundle)) return;
  const { removeContainerBundle } = await import('./make-bundle.ts');
  await removeContainerBundle(paths);
}

/** A state file that cannot be used: what can be read of it ends. */
async function destroyRemains(env: Environment, paths: ContainerPaths, id: ContainerId): Promise<void> {
  const remains = remainsOf(loadDocument(paths, id));
  const { processes, cgroups } = remains;
  const directories = directoriesOf(cgroups);
  for (const process of processes) await endProcess(process, () => thaw(directories));
  await removeCallerRoot(env, remains);
  removeCgroups(directories);
  await env.log(
    'warning',
    `${paths.state} was damaged, or is of a newer slipway: ${processes.length} processes that it names have ended, ${directories.length} cgroups are removed; others of ${id} may be left`,
  );
}

/** With --force an unknown id is fine, and a folder without a usable state file goes. */
async function loadForced(
  env: Environment,
  paths: ContainerPaths,
  id: ContainerId,
): Promise<SavedState | null> {
  try {
    return load(paths, id);
  } catch (error) {
    const code = error instanceof RuntimeError ? error.code : null;
    if (code !== 'NOT_FOUND' && code !== 'DAMAGED_STATE') throw error;
    if (code === 'DAMAGED_STATE') await destroyRemains(env, paths, id);
    await removeBundle(paths);
    removeContainer(paths);
    return null;
  }
}
