// Stops the processes of cgroups, and lets them go on: the freezer of v1 and cgroup.freeze of v2.

import type { Freezer } from '../../cgroup/cgroup-steps.ts';
import { RuntimeError } from '../../error/error.ts';
import { attempt } from '../attempt.ts';
import { writeInto } from '../file-changes.ts';
import { exists, readText, readTextIfThere } from '../files.ts';
import { waitUntil } from '../process.ts';
import { traverse, unlessGone } from './tree.ts';

/** Whether the container's processes are stopped by the freezer. */
export function isFrozen(freezers: readonly Freezer[]): boolean {
  return freezers.some(({ file, frozen }) => readTextIfThere(file)?.trim() === frozen);
}

/**
 * Stops every process, or lets them go on, and waits until that is so. Throws NOT_SUPPORTED without a freezer, and SYSTEM
 * when the kernel does not get all of them stopped; then they go on.
 */
export function setFrozen([freezer]: readonly Freezer[], frozen: boolean): void {
  if (freezer === undefined) {
    const message =
      'cannot toggle freezer: the container has no cgroup in a v1 freezer hierarchy or in a v2 tree (none is mounted, none was permitted, or --cgroup-manager=disabled)';
    throw new RuntimeError('NOT_SUPPORTED', message, { ref: 'cgroups(7)' });
  }
  const { file } = freezer;
  const state = frozen ? freezer.frozen : freezer.thawed;
  const write = (value: string) =>
    attempt(file, `write "${value}" to "${file}"`, () => writeInto(file, value));
  // Again and again: v1 may leave a process out that was just being made.
  const done = waitUntil(() => {
    write(state);
    return isReached(freezer, frozen);
  }, freezeDeadline);
  if (done) return;
  write(freezer.thawed);
  throw new RuntimeError('SYSTEM', `"${file}" did not become ${state} within ${freezeDeadline / 1000} s`, {
    ref: file,
  });
}

/** How long the freezer may take: a process in uninterruptible sleep cannot be stopped. */
const freezeDeadline = 10_000;

/** The v2 file says what was asked for; what was reached stands in cgroup.events. */
function isReached({ file, ...texts }: Freezer, frozen: boolean): boolean {
  if (file.endsWith('/cgroup.freeze')) {
    const events = readText(file.replace(/freeze$/, 'events'));
    return events.split('\n').includes(`frozen ${frozen ? 1 : 0}`);
  }
  return readText(file).trim() === (frozen ? texts.frozen : texts.thawed);
}

/**
 * Lets every process in the cgroups go on that the v1 freezer stopped, at each level: one that is stopped ignores even SIGKILL,
 * and a cgroup below may be frozen by itself.
 */
export function thaw(directories: readonly string[]): void {
  for (const directory of directories.filter(isFreezer))
    traverse(directory, {
      enter: (at) => unlessGone(() => writeInto(`${at}/freezer.state`, 'THAWED'), null),
    });
}

/** v1, for as long as a fork bomb may take to be stopped as a whole. */
export function freeze(directories: readonly string[]): void {
  for (const directory of directories.filter(isFreezer)) {
    const file = `${directory}/freezer.state`;
    waitUntil(() => {
      unlessGone(() => writeInto(file, 'FROZEN'), null);
      return unlessGone(() => readText(file), 'FROZEN\n').trim() === 'FROZEN';
    }, shortFreezeDeadline);
  }
}

const shortFreezeDeadline = 500;

function isFreezer(directory: string): boolean {
  return exists(`${directory}/freezer.state`);
}
