// Remembers which cgroups above those of containers slipway has made: a file for each in a folder of the state directory whose
// name no container can have.

import { makeFile, removeFile } from '../host/file-changes.ts';
import { exists } from '../host/files.ts';
import { demandOwnFolder, makeOwnFolder } from './trust.ts';

export const parentsFolder = '@cgroups';

export function rememberParent(root: string, path: string): void {
  makeOwnFolder(`${root}/${parentsFolder}`);
  makeFile(markOf(root, path), 0o600);
}

export function isParentMade(root: string, path: string): boolean {
  demandOwnFolder(`${root}/${parentsFolder}`);
  return exists(markOf(root, path));
}

/** After it was removed. Another container may have made it again meanwhile: then it is remembered still. */
export function forgetParent(root: string, path: string): void {
  removeFile(markOf(root, path));
  if (exists(path)) rememberParent(root, path);
}

function markOf(root: string, path: string): string {
  return `${root}/${parentsFolder}/${encodeURIComponent(path)}`;
}
