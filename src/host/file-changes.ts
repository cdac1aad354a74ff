// Files of the host: makes, writes, renames and removes them.

import * as fs from 'node:fs';
import { errorCode, isMissing } from './files.ts';
import { randomDigits } from './random.ts';

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

/** Makes a symbolic link; false when the path is taken. */
export function makeLink(path: string, target: string): boolean {
  try {
    fs.symlinkSync(target, path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Removes a file or a directory with all in it; one that is not there is fine. */
export function remove(path: string): void {
  fs.rmSync(path, { recursive: true, force: true });
}
