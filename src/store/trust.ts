// Whether what stands below --root can be believed: whoever may write there could forge a container, a filter, a cgroup to remove.

import { RuntimeError } from '../error/error.ts';
import { makeDirectories } from '../host/file-changes.ts';
import { type Ownership, ownershipOf, realPath } from '../host/files.ts';
import { effectiveGid, effectiveUid } from '../host/users.ts';

const othersWrite = 0o002;
const groupWrites = 0o020;
const sticky = 0o1000;

/** Throws UNSAFE_STATE for a state directory that is somebody else's, or that others may write to. Missing is fine. */
export function demandOwnRoot(root: string): void {
  const found = ownershipOf(root);
  if (found === null) return;
  demandOwner(root, found);
  if (found.kind === 'link') demandOwnRoot(realPath(root));
  else demandNobodyElse(root, found);
}

/** The same for a folder in it, which must be no symbolic link. Missing is fine. */
export function demandOwnFolder(folder: string): void {
  const found = ownershipOf(folder);
  if (found === null) return;
  demandOwner(folder, found);
  if (found.kind === 'link') throw unsafe(folder, 'is a symbolic link');
  demandNobodyElse(folder, found);
}

/** Makes a folder of slipway's own in the state directory, if it is missing. Throws as demandOwnFolder. */
export function makeOwnFolder(folder: string): void {
  makeDirectories(folder, 0o700);
  demandOwnFolder(folder);
}

function demandOwner(path: string, { uid }: Ownership): void {
  const own = effectiveUid();
  if (uid !== own && uid !== 0) throw unsafe(path, `belongs to uid ${uid}, not to uid ${own}`);
}

function demandNobodyElse(path: string, { gid, mode }: Ownership): void {
  const group = (mode & groupWrites) !== 0 && gid !== effectiveGid();
  const others = (mode & othersWrite) !== 0;
  // There others make files of their own, and change none of slipway's.
  if ((group || others) && (mode & sticky) === 0)
    throw unsafe(path, `may be written to by others (mode ${(mode & 0o7777).toString(8)})`);
}

function unsafe(path: string, why: string): RuntimeError {
  return new RuntimeError(
    'UNSAFE_STATE',
    `cannot trust "${path}", which ${why}: give --root a directory that is yours alone`,
    { ref: path },
  );
}
