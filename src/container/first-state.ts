// The first state of a container: what is known before its process exists.

import { ownIdentity, type ProcessIdentity } from '../host/process.ts';
import { effectiveUid } from '../host/users.ts';
import { unstartable } from '../plan/create-script.ts';
import type { ContainerId } from '../store/id.ts';
import { type SavedState, stateVersion } from '../store/saved-state.ts';
import type { PlannedBundle } from './bundle.ts';

type Beginning = {
  readonly id: ContainerId;
  /** Name of the new session keyring; null: none is made. */
  readonly keyring: string | null;
  readonly planned: Pick<PlannedBundle, 'config' | 'plan'>;
  readonly bundle: string;
  /** The init that the launcher started. */
  readonly outer: ProcessIdentity;
};

export function firstState({ id, keyring, planned, bundle, outer }: Beginning): SavedState {
  const { config, plan } = planned;
  const { poststart, poststop, ...container } = plan.container;
  return {
    version: stateVersion,
    ociVersion: config.ociVersion,
    id,
    bundle,
    created: new Date().toISOString(),
    annotations: config.annotations ?? {},
    trustedAnnotations: config.trustedAnnotations ?? [],
    owner: effectiveUid(),
    creator: ownIdentity(),
    ready: false,
    unstartable: unstartable(config.process),
    keyring,
    outer,
    init: null,
    hooks: { poststart, poststop },
    ...container,
  };
}
