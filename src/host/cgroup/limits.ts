// Changes limits of cgroups that are in use.

import type { CgroupWriteStep } from '../../cgroup/cgroup-steps.ts';
import type { UsageCheck } from '../../cgroup/update-steps.ts';
import { RuntimeError } from '../../error/error.ts';
import { attempt } from '../attempt.ts';
import { writeInto } from '../file-changes.ts';
import { exists, readText } from '../files.ts';
import { demandKept, fileOf, tryStep } from './steps.ts';

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
