// Files on the host.

import * as fs from 'node:fs';
import { randomDigits } from './random.ts';

export function readText(path: string): string {
  return fs.readFileSync(path, 'utf8');
}

/** Text of a file; null when it does not exist. */
export function readTextIfThere(path: string): string | null {
  try {
    return readText(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** True for ENOENT, ENOTDIR, and ENODEV: the file of a cgroup that is removed between the open and the read. */
export function isMissing(error: unknown): boolean {
  return missing.includes(errorCode(error));
}

const missing: readonly unknown[] = ['ENOENT', 'ENOTDIR', 'ENODEV'];

/** errno name of a failed system call. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** After symbolic links. Throws when it cannot be told. */
export function exists(path: string): boolean {
  return fs.statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Whether the caller may write to a file or make something in a directory, which the file system must permit too. */
export function isWritable(path: string): boolean {
  return isPermitted(path, fs.constants.W_OK);
}

/** Whether there is something that the caller may run. */
export function isExecutable(path: string): boolean {
  return isPermitted(path, fs.constants.X_OK);
}

function isPermitted(path: string, access: number): boolean {
  try {
    fs.accessSync(path, access);
    return true;
  } catch (error) {
    if (isMissing(error) || isDenied(error)) return false;
    throw error;
  }
}

/** True where the caller, or nobody, may write: EACCES, EPERM, EROFS. */
export function isDenied(error: unknown): boolean {
  return denied.includes(errorCode(error));
}

const denied: readonly unknown[] = ['EACCES', 'EPERM', 'EROFS'];

/** Whether a path is a directory, after symbolic links; false when it does not exist. */
export function isDirectory(path: string): boolean {
  return fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Absolute path without symbolic links. */
export function realPath(path: string): string {
  return fs.realpathSync(path);
}

/** What a symbolic link says. */
export function linkOf(path: string): string {
  return fs.readlinkSync(path);
}

/** Inode of a path, after symbolic links. */
export function inodeOf(path: string): number {
  return fs.statSync(path).ino;
}

/** The id of the mount that an fd is on; path: of its file in fdinfo (proc_pid_fdinfo(5)). */
export function mountIdIn(path: string): number {
  return Number(/^mnt_id:\s+(\d+)$/m.exec(readText(path))?.[1]);
}

/** The id of the mount that a directory is on. Throws when there is none. */
export function mountIdOf(path: string): number {
  const fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
  try {
    return mountIdIn(`/proc/self/fdinfo/${fd}`);
  } finally {
    fs.closeSync(fd);
  }
}

/** Adds a text to a file, which is made when missing. */
export function appendText(path: string, text: string): void {
  fs.appendFileSync(path, text);
}

/** Makes a directory; false when it is already there. */
export function makeDirectory(path: string, mode: number): boolean {
  try {
    fs.mkdirSync(path, { mode });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

export function setMode(path: string, mode: number): void {
  fs.chmodSync(path, mode);
}

/** Makes a directory and those above it, where missing. */
export function makeDirectories(path: string, mode: number): void {
  fs.mkdirSync(path, { mode, recursive: true });
}

/** Names of the directories in a directory; none when it does not exist. */
export function listDirectories(path: string): string[] {
  try {
    return fs
      .readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** Both absolute and resolved. */
export function isBelow(path: string, folder: string): boolean {
  return path.startsWith(folder === '/' ? folder : `${folder}/`);
}

/** False for what is no directory too. */
export function isEmptyDirectory(path: string): boolean {
  return isDirectory(path) && fs.readdirSync(path).length === 0;
}

/** Names of the files in a directory, the youngest first. */
export function filesByAge(path: string): string[] {
  const modified = (name: string) => fs.statSync(`${path}/${name}`, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return fs.readdirSync(path).toSorted((one, other) => modified(other) - modified(one));
}

/** Gives a file to a user; its group stays. */
export function changeOwner(path: string, uid: number): void {
  fs.chownSync(path, uid, -1);
}

/** Makes an empty file where none is. */
export function makeFile(path: string, mode: number): void {
  try {
    fs.closeSync(fs.openSync(path, 'wx', mode));
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}

/** Owner and mode of a path, which is not followed; null when it does not exist. */
export function ownershipOf(path: string): Ownership | null {
  const found = fs.lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return null;
  const { uid, gid, mode } = found;
  const kind = found.isDirectory() ? 'directory' : found.isSymbolicLink() ? 'link' : 'other';
  return { uid, gid, mode, kind };
}

export type Ownership = {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  readonly kind: 'directory' | 'link' | 'other';
};

/** Removes a file; one that is not there is fine. */
export function removeFile(path: string): void {
  try {
    fs.unlinkSync(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/** Removes an empty directory; null when done or not there, else the errno name. */
export function removeDirectory(path: string): string | null {
  try {
    fs.rmdirSync(path);
    return null;
  } catch (error) {
    const code = errorCode(error);
    if (code === undefined) throw error;
    return code === 'ENOENT' ? null : code;
  }
}

/**
 * Writes to a temporary name beside the file, then renames: a reader sees the old or the new text, never a part. Not
 * synced: after a crash of the machine there is no container that the file could be about.
 */
export function writeAtomically(path: string, text: string, mode: number): void {
  writeBeside(path, text, mode).publish();
}

/** A text under a temporary name. */
export type Unpublished = { readonly publish: () => void; readonly discard: () => void };

/** The first half of writeAtomically. Others may write in the directory: they can neither know the name, nor have a link there. */
export function writeBeside(path: string, text: string, mode: number): Unpublished {
  const slash = path.lastIndexOf('/') + 1;
  // The name of the file may be as long as a name can be.
  const temporary = `${path.slice(0, slash)}.${randomDigits()}`;
  const discard = () => fs.rmSync(temporary, { force: true });
  const orDiscard = (act: () => void) => {
    try {
      act();
    } catch (error) {
      discard();
      throw error;
    }
  };
  const fd = fs.openSync(temporary, 'wx', mode);
  try {
    orDiscard(() => fs.writeFileSync(fd, text));
  } finally {
    fs.closeSync(fd);
  }
  return { publish: () => orDiscard(() => fs.renameSync(temporary, path)), discard };
}

/** Writes into a file that exists, such as one of the kernel's. */
export function writeInto(path: string, text: string): void {
  const fd = fs.openSync(path, 'w');
  try {
    fs.writeSync(fd, text);
  } finally {
    fs.closeSync(fd);
  }
}

/** Renames; false when the source is not there. */
export function rename(from: string, to: string): boolean {
  try {
    fs.renameSync(from, to);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** Removes a file or a directory with all in it; one that is not there is fine. */
export function remove(path: string): void {
  fs.rmSync(path, { recursive: true, force: true });
}
