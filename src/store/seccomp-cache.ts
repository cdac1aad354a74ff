// Compiled seccomp profiles, kept in a folder of the state directory whose name no container can have: containers share few
// profiles. A file holds the profile, on the first line, and what the compiler said.

import { removeFile, writeAtomically } from '../host/file-changes.ts';
import { filesByAge, readTextIfThere } from '../host/files.ts';
import { demandOwnFolder, demandOwnRoot, makeOwnFolder } from './trust.ts';

export const filtersFolder = '@seccomp';

/** More than this many are not kept: the oldest goes. */
const most = 64;

/** What was kept for a profile, which is one line; null when there is nothing. */
export function keptFilter(root: string, profile: string): string | null {
  demandOwnRoot(root);
  demandOwnFolder(`${root}/${filtersFolder}`);
  const text = readTextIfThere(fileOf(root, profile));
  const start = `${profile}\n`;
  return text?.startsWith(start) === true ? text.slice(start.length) : null;
}

export function keepFilter(root: string, profile: string, compiled: string): void {
  const folder = `${root}/${filtersFolder}`;
  makeOwnFolder(folder);
  writeAtomically(fileOf(root, profile), `${profile}\n${compiled}`, 0o600);
  for (const name of filesByAge(folder).slice(most)) removeFile(`${folder}/${name}`);
}

function fileOf(root: string, profile: string): string {
  return `${root}/${filtersFolder}/${profile.length}-${checksum(profile)}`;
}

/** Of a text, quickly: two profiles that have the same one only take turns in being kept. */
function checksum(text: string): number {
  const bytes = Buffer.alloc(text.length * 3 + 4);
  const length = bytes.write(text);
  let sum = 0;
  for (let at = 0; at < length; at += 4) sum = (Math.imul(sum, 31) + bytes.readInt32LE(at)) | 0;
  return sum >>> 0;
}
