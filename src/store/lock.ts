// A lock on a container, for commands that read what others write. It is a symbolic link in the container's directory whose text is
// the process that holds it: made at once, and only where there is none (symlink(2)). The process may be killed, so each holder
// makes the next generation, lock.1, lock.2, …, and the newest one counts: two that see the same dead holder cannot both follow it.
// A holder that is done renames its link to lock.N.free, which needs no space on the disk.

import { RuntimeError } from '../error/error.ts';
import { makeLink, removeFile, rename } from '../host/file-changes.ts';
import { linkIfThere, listNames } from '../host/files.ts';
import { isAlive, ownIdentity, waitUntil } from '../host/process.ts';

/** Milliseconds to wait for the command that holds the lock. */
const deadline = 60_000;

const free = '.free';

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
    // The container, and the lock with it, may have been removed meanwhile.
    rename(own, `${own}${free}`);
  }
}

/** Path of the lock; null while another command has it, or was quicker. */
function tryLock(folder: string): string | null {
  const newest = newestIn(folder);
  if (newest !== null && isHeld(newest.path)) return null;
  const own = `${folder}/lock.${(newest?.number ?? 0) + 1}`;
  const { pid, startTime } = ownIdentity();
  if (!makeLink(own, `${pid}:${startTime}`)) return null;
  // Meanwhile the generation may have come and gone.
  if (newestIn(folder)?.path !== own) {
    removeFile(own);
    return null;
  }
  if (newest !== null) removeFile(newest.path);
  return own;
}

type Generation = { readonly number: number; readonly path: string };

function newestIn(folder: string): Generation | null {
  return listNames(folder)
    .flatMap((name): Generation[] => {
      const found = /^lock\.(\d+)(\.free)?$/.exec(name);
      return found === null ? [] : [{ number: Number(found[1]), path: `${folder}/${name}` }];
    })
    .reduce<Generation | null>((best, one) => (best === null || isNewer(one, best) ? one : best), null);
}

/** If a command that was slow makes lock.N again after lock.N.free, the free one counts, and that command tries again. */
function isNewer(one: Generation, other: Generation): boolean {
  return one.number > other.number || (one.number === other.number && one.path.endsWith(free));
}

/** A link that goes meanwhile was followed by a newer one, or is free. */
function isHeld(path: string): boolean {
  if (path.endsWith(free)) return false;
  const text = linkIfThere(path);
  if (text === null) return true;
  const [pid = '', startTime = ''] = text.split(':');
  return isAlive({ pid: Number(pid), startTime });
}
