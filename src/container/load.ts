// What every operation on a container that exists begins with.

import { RuntimeError } from '../error/error.ts';
import type { ProcessIdentity } from '../host/process.ts';
import { type ContainerId, parseContainerId } from '../store/id.ts';
import type { SavedState } from '../store/saved-state.ts';
import { type ContainerPaths, containerPaths, load } from '../store/store.ts';
import type { Environment } from './environment.ts';
import { type Status, statusOf } from './status.ts';

export type Loaded = {
  readonly id: ContainerId;
  readonly paths: ContainerPaths;
  readonly state: SavedState;
  readonly status: Status;
};

/** Throws INVALID_ID, NOT_FOUND or DAMAGED_STATE. */
export function loadContainer(env: Environment, request: { readonly id: string }): Loaded {
  const id = parseContainerId(request.id);
  const paths = containerPaths(env.root, id);
  const state = load(paths, id);
  return { id, paths, state, status: statusOf(state, paths) };
}

/** The container process. Throws WRONG_STATUS when there is none yet. */
export function containerProcessOf({ id, init }: SavedState): ProcessIdentity {
  if (init !== null) return init;
  throw new RuntimeError('WRONG_STATUS', `container not running: ${id}`, { ref: id });
}
