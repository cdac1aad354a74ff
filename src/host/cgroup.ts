// Makes, fills, empties and removes cgroups (cgroups(7)).

import type { CgroupStep, CgroupWriteStep, Freezer } from '../cgroup/cgroup-steps.ts';
import type { UsageCheck } from '../cgroup/update-steps.ts';
import { errnoText } from '../error/errno.ts';
import { RuntimeError } from '../error/error.ts';
import { attempt } from './attempt.ts';
import { traverse, unlessGone } from './cgroup-tree.ts';
import {
  changeOwner,
  errorCode,
  exists,
  makeDirectory,
  readText,
  readTextIfThere,
  removeDirectory,
  writeInto,
} from './files.ts';
import { waitUntil } from './process.ts';

/** How long the kernel may take to end killed processes and let go of their cgroup. */
const removalDeadline = 10_000;

export function runCgroupStep(step: CgroupStep): void {
  tryStep(step);
  if (step.op === 'cgroupWrite') demandKept(step);
}

function tryStep(step: CgroupStep): void {
  const { what, act } = actionOf(step);
  attempt(step.from, `${step.from}: ${what}`, act);
}

function actionOf(step: CgroupStep): { readonly what: string; readonly act: () => void } {
  switch (step.op) {
    case 'cgroupMake':
      return { what: `make cgroup "${step.path}"`, act: () => makeDirectory(step.path, 0o755) };
    case 'cgroupFillCpuset':
      return { what: `fill the cpuset of "${step.path}"`, act: () => fillCpuset(step.path) };
    case 'cgroupHandDown':
      return { what: `hand controllers of "${step.path}" down`, act: () => handDown(step) };
    case 'cgroupOwner':
      return { what: `give "${step.path}" to ${step.uid}`, act: () => giveCgroup(step.path, step.uid) };
    case 'cgroupWrite':
      return writing(step);
  }
}

function writing(step: CgroupWriteStep) {
  const { file, value } = fileOf(step);
  const act = () => {
    if (step.optional !== true || exists(file)) writeInto(file, value);
  };
  return { what: `write "${value}" to "${file}"`, act };
}

/** Throws SYSTEM when the kernel took a value and has another in its place. */
function demandKept({ from, file, value, keeps }: CgroupWriteStep): void {
  if (keeps === undefined) return;
  const kept = readText(file).trim();
  if (value === kept || (keeps === 'at most' && (value === '-1' || BigInt(kept) <= BigInt(value)))) return;
  throw new RuntimeError('SYSTEM', `${from}: ${value} is not possible here: the kernel keeps ${kept}`, {
    ref: from,
  });
}

/** Where the kernel does not say what may be given away (before Linux 4.15). */
const delegable = 'cgroup.procs\ncgroup.threads\ncgroup.subtree_control';

function giveCgroup(path: string, uid: number): void {
  const files = (readTextIfThere('/sys/kernel/cgroup/delegate') ?? delegable).split('\n');
  changeOwner(path, uid);
  for (const file of files) if (file !== '' && exists(`${path}/${file}`)) changeOwner(`${path}/${file}`, uid);
}

function fileOf(step: CgroupWriteStep): { readonly file: string; readonly value: string } {
  const { otherwise } = step;
  return otherwise !== undefined && !exists(step.file) && exists(otherwise.file) ? otherwise : step;
}

/**
 * Changes limits of cgroups that are in use, all of them or, when one fails, none. Limits that may not pass one another, such
 * as those of memory and of memory with swap, can only be changed in one order, which depends on what they were: both are tried.
 * Returns what takes the change back.
 */
export function changeLimits(steps: readonly CgroupWriteStep[]): () => void {
  const first = tryInOrder(steps);
  if (typeof first === 'function') return first;
  const second = tryInOrder(steps.toReversed());
  if (typeof second === 'function') return second;
  throw first.failure;
}

type Failed = { readonly failure: unknown };

/** What takes all of it back; or what failed, after what was written has been taken back. */
function tryInOrder(steps: readonly CgroupWriteStep[]): (() => void) | Failed {
  const undos: (() => void)[] = [];
  const takeBack = () => {
    for (const undo of undos.toReversed()) undo();
  };
  for (const step of steps) {
    try {
      const { file } = fileOf(step);
      if (step.optional === true && !exists(file)) continue;
      const before = attempt(step.from, `${step.from}: read "${file}"`, () => readText(file));
      tryStep(step);
      undos.push(() => writeInto(file, settingIn(before, step.entry)));
      demandKept(step);
    } catch (failure) {
      takeBack();
      return { failure };
    }
  }
  return takeBack;
}

/** What takes a file back that says more than its setting, such as memory.oom_control ("oom_kill_disable 0", and counters). */
function settingIn(text: string, entry: CgroupWriteStep['entry']): string {
  if (entry !== undefined)
    return text.split('\n').find((line) => line.startsWith(`${entry.key} `)) ?? entry.unset;
  return /^\w+ (\d+)\n\w+ \d+\n/.exec(text)?.[1] ?? text.trim();
}

/** Throws SYSTEM when more is used than a limit allows. */
export function demandRoom({ from, usage, limit }: UsageCheck): void {
  const used = BigInt(attempt(from, `${from}: read "${usage}"`, () => readText(usage)).trim());
  if (used < limit) return;
  throw new RuntimeError(
    'SYSTEM',
    `${from}: ${limit} is not above the ${used} bytes that are used; free some first, or leave checkBeforeUpdate out`,
    { ref: from },
  );
}

/** The caller may not, or there are processes in the way ("no internal processes"). */
const notHandedDown: readonly unknown[] = ['EACCES', 'EPERM', 'EROFS', 'EBUSY'];

function handDown({ path, controllers }: CgroupStep & { op: 'cgroupHandDown' }): void {
  try {
    enable(path, controllers);
  } catch (error) {
    if (notHandedDown.includes(errorCode(error))) return;
    // The kernel takes all or none.
    const available = readText(`${path}/cgroup.controllers`).trim().split(/\s+/);
    for (const name of controllers) if (available.includes(name)) enable(path, [name]);
  }
}

function enable(path: string, controllers: readonly string[]): void {
  if (controllers.length === 0) return;
  writeInto(`${path}/cgroup.subtree_control`, controllers.map((name) => `+${name}`).join(' '));
}

function fillCpuset(path: string): void {
  const parent = path.slice(0, path.lastIndexOf('/'));
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    if (readText(`${path}/${file}`).trim() === '')
      writeInto(`${path}/${file}`, readText(`${parent}/${file}`));
  }
}

/** Throws when a process is in one of them already: it would be counted, limited and killed with the container. */
export function demandEmpty(directories: readonly string[]): void {
  for (const directory of directories) {
    const found = processesIn(directory).length;
    if (found === 0) continue;
    throw new RuntimeError(
      'SYSTEM',
      `/linux/cgroupsPath: container's cgroup is not empty: ${found} process(es) found in "${directory}"; choose another`,
      { ref: '/linux/cgroupsPath' },
    );
  }
}

/** Throws when a cgroup is frozen, or one above it: what joins it would never get on. */
export function demandThawed(freezers: readonly Freezer[]): void {
  for (const { file, frozen } of freezers) {
    const at = file.lastIndexOf('/');
    const name = file.slice(at);
    for (let directory = file.slice(0, at); directory.length > 1; directory = above(directory)) {
      const found = readTextIfThere(`${directory}${name}`)?.trim();
      if (found !== frozen && found !== 'FREEZING') continue;
      throw new RuntimeError(
        'SYSTEM',
        `/linux/cgroupsPath: container's cgroup unexpectedly frozen: "${directory}" is; thaw it, or choose another`,
        { ref: '/linux/cgroupsPath' },
      );
    }
  }
}

function above(directory: string): string {
  return directory.slice(0, directory.lastIndexOf('/'));
}

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

function processesIn(directory: string): number[] {
  const text = unlessGone(() => readText(`${directory}/cgroup.procs`), '');
  return (
    text
      .split('\n')
      .map(Number)
      // 0: one that this pid namespace has no number for, and to kill(2) the caller's own process group.
      .filter((pid) => pid > 0)
  );
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

/** Signals processes; one that is gone is fine. */
function signalProcesses(pids: readonly number[], signal: number): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (errorCode(error) !== 'ESRCH') throw error;
    }
  }
}

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

function isFreezer(directory: string): boolean {
  return exists(`${directory}/freezer.state`);
}

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

/** v1, for as long as a fork bomb may take to be stopped as a whole. */
function freeze(directories: readonly string[]): void {
  for (const directory of directories.filter(isFreezer)) {
    const file = `${directory}/freezer.state`;
    waitUntil(() => {
      unlessGone(() => writeInto(file, 'FROZEN'), null);
      return unlessGone(() => readText(file), 'FROZEN\n').trim() === 'FROZEN';
    }, shortFreezeDeadline);
  }
}

const shortFreezeDeadline = 500;

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

/** Signals every process at one moment: stopped meanwhile, none is made and no pid becomes another's. */
export function signalAll(
  freezers: readonly Freezer[],
  processes: () => readonly number[],
  signal: number,
): void {
  const stopped = freezers.length > 0 && !isFrozen(freezers);
  if (stopped) setFrozen(freezers, true);
  try {
    signalProcesses(processes(), signal);
  } finally {
    if (stopped) setFrozen(freezers, false);
  }
}
