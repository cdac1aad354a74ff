// A lock on a container, for commands that read what others write. It is a symbolic link in the container's directory whose text is
// the process that holds it: made at once, and only where there is none (symlink(2)). The process may be killed, so each holder
// makes the next generation, lock.1, lock.2, …, and the newest one counts: two that see the same dead holder cannot both follow it.

import { RuntimeError } from '../error/error.ts';
import { makeLink, removeFile, replaceLink } from '../host/file-changes.ts';
import { isMissing, linkIfThere, listNames } from '../host/files.ts';
import { isAlive, ownIdentity, waitUntil } from '../host/process.ts';

/** Milliseconds to wait for the command that holds the lock. */
const deadline = 60_000;

const free = 'free';

/** Runs `work` while no other command has the lock. Throws SYSTEM when another one keeps it for a minute. */
export async function withLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  let own: string | null = null;
  waitUntil(() => {
    own = tryLock(folder);
    return own !== null;
  }, deadline);
  if (own === null)
    throw new RuntimeError(
      'SYSTEM',
      `another command changes the container for longer than a minute; it holds a lock in ${folder}`,
    );
  try {
    return await work();
  } finally {
    release(own);
  }
}

/** The container, and the lock with it, may have been removed meanwhile. */
function release(own: string): void {
  try {
    replaceLink(own, free);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/** Path of the lock; null while another command has it, or was quicker. */
function tryLock(folder: string): string | null {
  const last = newestIn(folder);
  if (last > 0 && isHeld(`${folder}/lock.${last}`)) return null;
  const own = `${folder}/lock.${last + 1}`;
  const { pid, startTime } = ownIdentity();
  if (!makeLink(own, `${pid}:${startTime}`)) return null;
  // Meanwhile the generation may have come and gone.
  if (newestIn(folder) !== last + 1) {
    removeFile(own);
    return null;
  }
  removeFile(`${folder}/lock.${last}`);
  return own;
}

function newestIn(folder: string): number {
  const numbers = listNames(folder).flatMap((name) => /^lock\.(\d+)$/.exec(name)?.[1] ?? []);
  return Math.max(0, ...numbers.map(Number));
}

/** A link that goes meanwhile was followed by a newer one. */
function isHeld(path: string): boolean {
  const text = linkIfThere(path);
  if (text === null) return true;
  const [pid = '', startTime = ''] = text.split(':');
  return text !== free && isAlive({ pid: Number(pid), startTime });
}
