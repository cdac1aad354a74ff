// Ends what is in cgroups, and removes them.

import { errnoText } from '../../error/errno.ts';
import { RuntimeError } from '../../error/error.ts';
import { removeDirectory, writeInto } from '../file-changes.ts';
import { exists } from '../files.ts';
import { waitUntil } from '../process.ts';
import { freeze, thaw } from './freezer.ts';
import { processesBelow } from './membership.ts';
import { signalProcesses } from './signals.ts';
import { traverse, unlessGone } from './tree.ts';

/** How long the kernel may take to end killed processes and let go of their cgroup. */
const removalDeadline = 10_000;

/** Kills what is left in the cgroups, and removes them. Throws when the kernel does not let go of one. */
export function removeCgroups(directories: readonly string[]): void {
  const left = directories.filter((directory) => exists(directory) && removeDirectory(directory) !== null);
  if (left.length > 0) emptyCgroups(left);
  for (const directory of left) removeOne(directory);
}

/** Ends every process in the cgroups, and every one that they make meanwhile. */
export function emptyCgroups(directories: readonly string[]): void {
  if (processesBelow(directories).length === 0) return;
  waitUntil(() => {
    // What makes processes as fast as they are killed is stopped first.
    if (!killCgroups(directories)) freeze(directories);
    signalProcesses(processesBelow(directories), 9);
    thaw(directories);
    return processesBelow(directories).length === 0;
  }, removalDeadline);
}

/** v2: the kernel kills what is in a cgroup, and what it is just making. False where there is none, or it cannot. */
function killCgroups(directories: readonly string[]): boolean {
  const files = directories.map((directory) => `${directory}/cgroup.kill`).filter(exists);
  for (const file of files) unlessGone(() => writeInto(file, '1'), null);
  return files.length > 0;
}

function removeOne(directory: string): void {
  let why: string | null = null;
  const gone = waitUntil(() => {
    why = removeTree(directory);
    return why === null;
  }, removalDeadline);
  if (!gone)
    throw new RuntimeError('SYSTEM', `remove cgroup "${directory}": ${errnoText(why ?? undefined)}`, {
      ref: directory,
    });
}

/** Null when done, else the errno name of what stands in the way. */
function removeTree(directory: string): string | null {
  const direct = removeDirectory(directory);
  if (direct === null) return null;
  traverse(directory, { leave: (parent, name) => void removeDirectory(`${parent}/${name}`) });
  return removeDirectory(directory);
}
