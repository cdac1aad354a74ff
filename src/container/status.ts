// The life cycle: which status a container has, and which operation that permits (runtime.md#state).

import { RuntimeError } from '../error/error.ts';
import { isFrozen } from '../host/cgroup/freezer.ts';
import { exists } from '../host/files.ts';
import { isAlive } from '../host/process.ts';
import type { SavedState } from '../store/saved-state.ts';
import type { ContainerPaths } from '../store/store.ts';

/** `paused` is not the specification's: every runtime has it. */
export type Status = 'creating' | 'created' | 'running' | 'paused' | 'stopped';

/** Which operations each status permits (runtime.md#operations). */
const allowed = {
  start: ['created'],
  exec: ['created', 'running'],
  pause: ['created', 'running'],
  resume: ['paused'],
  update: ['created', 'running', 'paused'],
  checkpoint: ['running', 'paused'],
  events: ['created', 'running', 'paused'],
  kill: ['created', 'running', 'paused'],
  // Differs from spec: `created` may be deleted without --force, as runc and crun do.
  delete: ['created', 'stopped'],
} as const satisfies Record<string, readonly Status[]>;

/** The status now, from what the kernel says of the container process. */
export function statusOf(state: SavedState, paths: ContainerPaths): Status {
  if (!state.ready) return isAlive(state.creator) ? 'creating' : 'stopped';
  if (state.init === null || !isAlive(state.init)) return 'stopped';
  if (isFrozen(state.freezers)) return 'paused';
  return exists(paths.startFifo) ? 'created' : 'running';
}

/** Throws WRONG_STATUS, in runc's words, when a status does not permit an operation. */
export function demand(operation: keyof typeof allowed, id: string, status: Status): void {
  const permitted: readonly Status[] = allowed[operation];
  if (permitted.includes(status)) return;
  throw new RuntimeError('WRONG_STATUS', refusal(operation, id, status), { ref: id, data: { status } });
}

function refusal(operation: keyof typeof allowed, id: string, status: Status): string {
  switch (operation) {
    case 'start':
      return startRefusal(status);
    case 'exec':
      return execRefusal(status);
    case 'resume':
      return `container not paused: ${id} is ${status}`;
    case 'checkpoint':
      return `container cannot be checkpointed in ${status} state`;
    case 'events':
      return `container with id ${id} is not running`;
    case 'pause':
    case 'update':
    case 'kill':
      return `container not running: ${id} is ${status}`;
    case 'delete':
      return `cannot delete container ${id} that is not stopped: ${status}; use --force`;
  }
}

function execRefusal(status: Status): string {
  return status === 'paused'
    ? 'cannot exec in a paused container (use --ignore-paused to override)'
    : `cannot exec in a ${status} container`;
}

function startRefusal(status: Status): string {
  if (status === 'stopped') return 'cannot start a container that has stopped';
  if (status === 'creating') return 'cannot start a container that is still being created';
  return `cannot start an already ${status} container`;
}
