// The state as `state` and `list` show it (runtime.md#state), in runc's order.

import type { SavedState } from '../store/saved-state.ts';
import type { Status } from './status.ts';

export type StateDocument = {
  readonly ociVersion: string;
  readonly id: string;
  /** 0 when stopped. */
  readonly pid: number;
  readonly status: Status;
  readonly bundle: string;
  readonly rootfs: string;
  /** RFC 3339. */
  readonly created: string;
  /** Left out when there are none. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** `list`: the name of who created it. `state` leaves it empty, as runc does. */
  readonly owner: string;
};

/** The document as `state` prints it. */
export function formatState(state: SavedState, status: Status): string {
  return JSON.stringify(stateDocument(state, status, ''), null, 2);
}

export function stateDocument(state: SavedState, status: Status, owner: string): StateDocument {
  return {
    ociVersion: state.ociVersion,
    id: state.id,
    pid: status === 'stopped' ? 0 : (state.init?.pid ?? 0),
    status,
    bundle: state.bundle,
    rootfs: state.rootfs,
    created: state.created,
    ...(Object.keys(state.annotations).length === 0 ? {} : { annotations: state.annotations }),
    owner,
  };
}
