// What slipway remembers of a container in state.json, and how a file is recognised as one.

import type { Freezer } from '../cgroup/cgroup-steps.ts';
import type { ContainerCgroup } from '../cgroup/container-cgroup.ts';
import { RuntimeError } from '../error/error.ts';
import type { HookStep } from '../hook/hook-steps.ts';
import type { CallerRoot } from '../host/caller-root.ts';
import type { ProcessIdentity } from '../host/process.ts';
import { isRecord, migrated } from './migrations.ts';

/** Raised whenever a field changes its meaning; a newer file is refused, an older one migrated (migrations.ts). */
export const stateVersion = 5;

export type SavedState = {
  readonly version: typeof stateVersion;
  readonly ociVersion: string;
  readonly id: string;
  readonly bundle: string;
  readonly rootfs: string;
  /** RFC 3339, UTC. */
  readonly created: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** Annotations that reach the host, which the caller of `create` asked for. */
  readonly trustedAnnotations: readonly string[];
  /** Numeric uid of who created it. */
  readonly owner: number;
  /** The slipway process that creates it: while it lives and `ready` is false the status is `creating`. */
  readonly creator: ProcessIdentity;
  /** True once the container process waits for `start`. */
  readonly ready: boolean;
  /** Why `start` must fail (runtime.md#start); null when there is a program to run. */
  readonly unstartable: string | null;
  /** Name of its session keyring; null when it has none of its own. */
  readonly keyring: string | null;
  /** The pid namespace is new: killing the container process ends every other one. */
  readonly ownPidNamespace: boolean;
  /** The outer init, until it has cloned the container process. */
  readonly outer: ProcessIdentity;
  readonly init: ProcessIdentity | null;
  /** The unit that systemd made the cgroup for; null without systemd. */
  readonly scope: string | null;
  /** Their directories are removed by delete. */
  readonly cgroups: readonly ContainerCgroup[];
  /** Directories above them, deepest first: delete removes those that slipway made (cgroup-parents.ts). */
  readonly cgroupParents: readonly string[];
  readonly freezers: readonly Freezer[];
  /** Taken off by delete; left out for a container with a mount namespace. */
  readonly callerRoot?: CallerRoot;
  /** Directories of resctrl that slipway made, deepest first; left out where it made none. */
  readonly rdt?: readonly string[];
  /** As config.json had them at `create`. */
  readonly hooks: { readonly poststart: readonly HookStep[]; readonly poststop: readonly HookStep[] };
};

/** Recognises a state document. Throws DAMAGED_STATE with what to do. */
export function readSavedState(path: string, document: unknown): SavedState {
  const value = migrated(document);
  if (isRecord(value) && typeof value.version === 'number' && value.version > stateVersion) {
    throw damaged(path, `it was written by a newer slipway (version ${value.version})`);
  }
  if (!isSavedState(value)) throw damaged(path, 'it is damaged');
  return value;
}

function damaged(path: string, why: string): RuntimeError {
  return new RuntimeError(
    'DAMAGED_STATE',
    `cannot use ${path}: ${why}; "delete --force" removes the container`,
    {
      ref: path,
    },
  );
}

/** What a state document that cannot be used still tells: what must end and go before it may be forgotten. */
export type Remains = {
  readonly processes: readonly ProcessIdentity[];
  readonly cgroups: readonly ContainerCgroup[];
  readonly callerRoot?: CallerRoot;
};

export function remainsOf(document: unknown): Remains {
  const { creator, outer, init, cgroups, callerRoot } = isRecord(document) ? document : {};
  return {
    processes: [creator, outer, init].filter(isIdentity),
    cgroups: Array.isArray(cgroups) ? cgroups.filter(isCgroup) : [],
    ...(isCallerRoot(callerRoot) ? { callerRoot } : {}),
  };
}

export function isIdentity(value: unknown): value is ProcessIdentity {
  return isRecord(value) && typeof value.pid === 'number' && typeof value.startTime === 'string';
}

function isCallerRoot(value: unknown): value is CallerRoot {
  return (
    isRecord(value) &&
    typeof value.path === 'string' &&
    typeof value.under === 'number' &&
    (value.mount === null || typeof value.mount === 'number')
  );
}

function isFreezer(value: unknown): boolean {
  return isRecord(value) && ['file', 'frozen', 'thawed'].every((key) => typeof value[key] === 'string');
}

function isCgroup(value: unknown): value is ContainerCgroup {
  return (
    isRecord(value) &&
    typeof value.directory === 'string' &&
    (value.version === 1 || value.version === 2) &&
    isListOfText(value.controllers)
  );
}

function isListOfText(value: unknown): boolean {
  return isListOf(value, (entry) => typeof entry === 'string');
}

function isListOf(value: unknown, isEntry: (entry: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isEntry);
}

function isHooks(value: unknown): boolean {
  return isRecord(value) && [value.poststart, value.poststop].every((list) => isListOf(list, isRecord));
}

function isSavedState(value: unknown): value is SavedState {
  return (
    isRecord(value) &&
    value.version === stateVersion &&
    ['ociVersion', 'id', 'bundle', 'rootfs', 'created'].every((key) => typeof value[key] === 'string') &&
    ['ready', 'ownPidNamespace'].every((key) => typeof value[key] === 'boolean') &&
    (value.callerRoot === undefined || isCallerRoot(value.callerRoot)) &&
    isListOfText(value.cgroupParents) &&
    isListOf(value.cgroups, isCgroup) &&
    isListOf(value.freezers, isFreezer) &&
    [value.unstartable, value.scope, value.keyring].every(
      (text) => text === null || typeof text === 'string',
    ) &&
    isRecord(value.annotations) &&
    isListOfText(value.trustedAnnotations) &&
    isHooks(value.hooks) &&
    typeof value.owner === 'number' &&
    ['creator', 'outer'].every((key) => isIdentity(value[key])) &&
    (value.init === null || isIdentity(value.init))
  );
}
