// Which processes are in which cgroup.

import { attempt } from '../attempt.ts';
import { writeInto } from '../file-changes.ts';
import { readText, readTextIfThere } from '../files.ts';
import { traverse, unlessGone } from './tree.ts';

/** Moves a process to the cgroup of slipway itself, in the v2 tree that is mounted there. */
export function joinOwnCgroup(mountpoint: string, pid: number): void {
  const own = unifiedPathOf('self');
  const file = `${mountpoint}${own === '/' ? '' : own}/cgroup.procs`;
  attempt(file, `write "${pid}" to "${file}"`, () => writeInto(file, String(pid)));
}

/** Path of a process in the v2 tree, below its root; "/" where there is none. */
export function unifiedPathOf(pid: number | 'self'): string {
  return /^0::(.*)$/m.exec(readTextIfThere(`/proc/${pid}/cgroup`) ?? '')?.[1] ?? '/';
}

/** v2: controllers are handed down, so no process may be in the cgroup itself (cgroups(7), "no internal processes"). */
export function hasProcessesOnlyBelow(directory: string): boolean {
  return (readTextIfThere(`${directory}/cgroup.subtree_control`) ?? '').trim() !== '';
}

/** Every process in the cgroups and below them, once. */
export function processesBelow(directories: readonly string[]): number[] {
  const found = new Set<number>();
  const enter = (at: string) => {
    for (const pid of processesIn(at)) found.add(pid);
  };
  for (const directory of directories) traverse(directory, { enter });
  return [...found];
}

export function processesIn(directory: string): number[] {
  const text = unlessGone(() => readText(`${directory}/cgroup.procs`), '');
  return (
    text
      .split('\n')
      .map(Number)
      // 0: one that this pid namespace has no number for, and to kill(2) the caller's own process group.
      .filter((pid) => pid > 0)
  );
}
