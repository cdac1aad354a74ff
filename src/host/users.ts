// Users of the host (passwd(5)).

import { readTextIfThere } from './files.ts';

/** Effective uid of this process. */
export function effectiveUid(): number {
  return process.geteuid?.() ?? 0;
}

/** Effective gid of this process. */
export function effectiveGid(): number {
  return process.getegid?.() ?? 0;
}

/** Name of a uid; "#uid" for one that has none. */
export function userName(uid: number): string {
  for (const line of (readTextIfThere('/etc/passwd') ?? '').split('\n')) {
    const [name = '', , number] = line.split(':');
    if (number === String(uid)) return name;
  }
  return `#${uid}`;
}
