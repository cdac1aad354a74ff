// Files of the host: what is there.

import * as fs from 'node:fs';

export function readText(path: string): string {
  return fs.readFileSync(path, 'utf8');
}

/** Text of a file; null when it does not exist. */
export function readTextIfThere(path: string): string | null {
  return ifThere(() => readText(path));
}

function ifThere<T>(read: () => T): T | null {
  try {
    return read();
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

/** Text of a symbolic link; null when it does not exist. */
export function linkIfThere(path: string): string | null {
  return ifThere(() => linkOf(path));
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

/** Names of all that is in a directory. */
export function listNames(path: string): string[] {
  return fs.readdirSync(path);
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
