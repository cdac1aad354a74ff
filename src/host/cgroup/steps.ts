// Carries the steps of cgroups out: makes, fills, hands down, gives away (cgroups(7)).

import type { CgroupStep, CgroupWriteStep } from '../../cgroup/cgroup-steps.ts';
import { RuntimeError } from '../../error/error.ts';
import { attempt } from '../attempt.ts';
import { changeOwner, makeDirectory, writeInto } from '../file-changes.ts';
import { errorCode, exists, readText, readTextIfThere } from '../files.ts';

export function runCgroupStep(step: CgroupStep): void {
  tryStep(step);
  if (step.op === 'cgroupWrite') demandKept(step);
}

export function tryStep(step: CgroupStep): void {
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
export function demandKept({ from, file, value, keeps }: CgroupWriteStep): void {
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

export function fileOf(step: CgroupWriteStep): { readonly file: string; readonly value: string } {
  const { otherwise } = step;
  return otherwise !== undefined && !exists(step.file) && exists(otherwise.file) ? otherwise : step;
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
