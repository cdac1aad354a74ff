// The state directory: one folder a container below --root, with state.json and, until `start`, the two fifos.

import { errnoText } from '../error/errno.ts';
import { RuntimeError } from '../error/error.ts';
import {
  makeDirectories,
  makeDirectory,
  remove,
  removeDirectory,
  removeFile,
  rename,
  type Unpublished,
  writeAtomically,
  writeBeside,
} from '../host/file-changes.ts';
import { errorCode, exists, isDenied, listDirectories, readTextIfThere } from '../host/files.ts';
import type { ProcessIdentity } from '../host/process.ts';
import { parentsFolder } from './cgroup-parents.ts';
import { type ContainerId, isContainerId } from './id.ts';
import { isIdentity, readSavedState, type SavedState } from './saved-state.ts';
import { filtersFolder } from './seccomp-cache.ts';
import { demandOwnFolder, demandOwnRoot, makeOwnFolder } from './trust.ts';

/** Holds the bundles that slipway made for containers; no container can have that name. */
const bundlesFolder = '@bundles';

export type ContainerPaths = {
  /** The state directory. */
  readonly root: string;
  readonly folder: string;
  readonly state: string;
  /** config.json of the bundle as it was at `create`, changed by `update`. */
  readonly config: string;
  /** The answer to `state` (container/answer.ts), there once the container is ready. */
  readonly answer: string;
  /** Directory of the socket that the program tells its readiness to; not always there. */
  readonly notify: string;
  readonly startFifo: string;
  readonly resultFifo: string;
  /** Names the hook that runs in the runtime's namespaces, while it does. */
  readonly hook: string;
  /** Bundle that slipway made of an image for this container; there only for such a container. */
  readonly bundle: string;
};

export function containerPaths(root: string, id: ContainerId): ContainerPaths {
  const folder = `${root}/${id}`;
  return {
    root,
    folder,
    state: `${folder}/state.json`,
    config: `${folder}/config.json`,
    answer: `${folder}/answer`,
    notify: `${folder}/notify`,
    startFifo: `${folder}/start.fifo`,
    resultFifo: `${folder}/result.fifo`,
    hook: `${folder}/hook`,
    bundle: `${root}/${bundlesFolder}/${id}`,
  };
}

/** Throws EXISTS when an id is taken. */
export function demandFree(paths: ContainerPaths, id: ContainerId): void {
  if (exists(paths.folder)) throw taken(id);
}

/** Claims an id. `mode`: of the state directory, when it is the first one there. Throws EXISTS when it is taken. */
export function claim(root: string, mode: number, paths: ContainerPaths, id: ContainerId): void {
  makeRoot(root, mode);
  if (!makeDirectory(paths.folder, 0o711)) throw taken(id);
}

/**
 * Makes the directory for the bundle that is made of an image for a container. `mode`: as of `claim`. Only its owner may look into
 * it: an image may bring setuid programs. Throws EXISTS when it is there.
 */
export function claimBundle(root: string, mode: number, { bundle }: ContainerPaths, id: ContainerId): void {
  makeRoot(root, mode);
  makeOwnFolder(`${root}/${bundlesFolder}`);
  if (makeDirectory(bundle, 0o700)) return;
  const message = `the bundle of ${id} is being made, or was left by a slipway that was killed: "delete --force ${id}" removes it`;
  throw new RuntimeError('EXISTS', message, { ref: bundle });
}

function makeRoot(root: string, mode: number): void {
  try {
    makeDirectories(root, mode);
  } catch (cause) {
    if (!isDenied(cause)) throw cause;
    const hint = 'set XDG_RUNTIME_DIR, or give --root a directory that is yours';
    throw new RuntimeError(
      'SYSTEM',
      `make state directory "${root}": ${errnoText(errorCode(cause))}; ${hint}`,
      {
        ref: root,
        cause,
      },
    );
  }
  demandOwnRoot(root);
}

function taken(id: ContainerId): RuntimeError {
  return new RuntimeError('EXISTS', `container with given ID already exists: ${id}`, { ref: id });
}

export function save(paths: ContainerPaths, state: SavedState): void {
  writeAtomically(paths.state, JSON.stringify(state), 0o600);
}

/** `text`: a config.json. */
export function saveConfig(paths: ContainerPaths, text: string): void {
  prepareConfig(paths, text).publish();
}

/** Writes it under another name: what follows cannot fail for want of space. */
export function prepareConfig(paths: ContainerPaths, text: string): Unpublished {
  return writeBeside(paths.config, text, 0o600);
}

/** Writes the state of a container that is ready, and the answer, under other names; what it returns gives them theirs. */
export function prepareReady(paths: ContainerPaths, ready: SavedState, text: string): () => void {
  const state = writeBeside(paths.state, JSON.stringify(ready), 0o600);
  const answer = writeBeside(paths.answer, text, 0o600);
  return () => {
    state.publish();
    answer.publish();
  };
}

/** Reads a container's state. Throws NOT_FOUND for an unknown id, DAMAGED_STATE for a file that is none of ours. */
export function load(paths: ContainerPaths, id: ContainerId): SavedState {
  return readSavedState(paths.state, loadDocument(paths, id));
}

/** What a container's state file says, whatever that is; null for what is no JSON. Throws NOT_FOUND, UNSAFE_STATE. */
export function loadDocument({ root, folder, state }: ContainerPaths, id: ContainerId): unknown {
  demandOwnRoot(root);
  demandOwnFolder(folder);
  const text = readTextIfThere(state);
  if (text !== null) return parse(text);
  throw new RuntimeError('NOT_FOUND', `container does not exist: ${id}`, { ref: id });
}

/** Every folder below --root, sorted: ids, and names that no container has. */
export function listFolders(root: string): {
  readonly ids: readonly ContainerId[];
  readonly others: readonly string[];
} {
  demandOwnRoot(root);
  const names = listDirectories(root)
    .filter((name) => ![parentsFolder, filtersFolder, bundlesFolder].includes(name))
    .toSorted();
  return { ids: names.filter(isContainerId), others: names.filter((name) => !isContainerId(name)) };
}

/** Takes the start fifo: of two `start` only one gets it. Returns its new path, or null when it is gone. */
export function takeStartFifo(paths: ContainerPaths): string | null {
  const own = `${paths.startFifo}.taken`;
  return rename(paths.startFifo, own) ? own : null;
}

/** For a `delete` that comes when slipway was killed, and a hook still runs. */
export function saveHook(paths: ContainerPaths, hook: ProcessIdentity): void {
  writeAtomically(paths.hook, JSON.stringify(hook), 0o600);
}

export function forgetHook(paths: ContainerPaths): void {
  removeFile(paths.hook);
}

/** The hook that ran when slipway was killed; null without one. */
export function savedHook(paths: ContainerPaths): ProcessIdentity | null {
  const document = parse(readTextIfThere(paths.hook) ?? 'null');
  return isIdentity(document) ? document : null;
}

export function removeContainer(paths: ContainerPaths): void {
  for (const file of [paths.answer, paths.config, paths.state]) removeFile(file);
  // Fifos, or what a `create` that was killed left.
  if (removeDirectory(paths.folder) !== null) remove(paths.folder);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: readSavedState says so, with the path.
    return null;
  }
}
