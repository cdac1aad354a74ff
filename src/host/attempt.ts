// A system call that may fail, with words for what it was about.

import { errnoText } from '../error/errno.ts';
import { RuntimeError } from '../error/error.ts';
import { errorCode } from './files.ts';

/** Runs a system call. Throws SYSTEM when it fails: "what: reason (ERRNO)". `ref`: the property or path it is about. */
export function attempt<T>(ref: string, what: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    throw new RuntimeError('SYSTEM', `${what}: ${errnoText(errorCode(cause))}`, { ref, cause });
  }
}
