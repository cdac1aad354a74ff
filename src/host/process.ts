// Processes of the host, told apart by pid and start time.

import { errorCode, isMissing, linkOf, listDirectories, readText } from './files.ts';

/** A process that cannot be mistaken for another: start time is field 22 of /proc/PID/stat, in clock ticks. */
export type ProcessIdentity = { readonly pid: number; readonly startTime: string };

/** Fields of /proc/PID/stat from the third one, the state; null when there is no such process. */
function fieldsOf(pid: number): readonly string[] | null {
  let text: string;
  try {
    text = readText(`/proc/${pid}/stat`);
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
  // The command name (field 2) may hold spaces and parentheses: count from the last one.
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

/** Start time of a live process; null when it is gone or a zombie. */
export function startTimeOf(pid: number): string | null {
  const fields = fieldsOf(pid);
  return fields === null || fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
}

/** Whether a process was stopped by a signal. */
export function isStopped(pid: number): boolean {
  return fieldsOf(pid)?.[0] === 'T';
}

export function identityOf(pid: number): ProcessIdentity {
  return { pid, startTime: startTimeOf(pid) ?? '' };
}

/** True while the very process lives, not a later one with its pid. */
export function isAlive({ pid, startTime }: ProcessIdentity): boolean {
  return startTimeOf(pid) === startTime;
}

/** Every process in the pid namespace of a process. */
export function processesBeside(pid: number): number[] {
  const namespace = pidNamespaceOf(pid);
  return listDirectories('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((other) => namespace !== null && pidNamespaceOf(other) === namespace);
}

function pidNamespaceOf(pid: number): string | null {
  return readOfProcess(() => linkOf(`/proc/${pid}/ns/pid`));
}

/** Reads something below /proc/PID. Null for a process that is gone, or that is none of the caller's. */
export function readOfProcess<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (isGone(error) || isDenied(error)) return null;
    throw error;
  }
}

/** Nothing else says that a process has ended: with EMFILE, for one, it may well run. */
function isGone(error: unknown): boolean {
  return isMissing(error) || errorCode(error) === 'ESRCH';
}

function isDenied(error: unknown): boolean {
  return errorCode(error) === 'EACCES' || errorCode(error) === 'EPERM';
}

export function ownIdentity(): ProcessIdentity {
  return identityOf(process.pid);
}

/** Sleeps without an event loop. */
export function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** Asks until a condition holds, first every millisecond and later every 20; false when the deadline (ms) passed. */
export function waitUntil(condition: () => boolean, deadline: number): boolean {
  const end = performance.now() + deadline;
  for (let length = 1; !condition(); length = Math.min(length * 2, 20)) {
    if (performance.now() > end) return false;
    pause(length);
  }
  return true;
}
