// What `update` writes into the cgroups of a container that exists.

import type { Resources } from '../spec/resources.ts';
import { type CgroupWriteStep, into } from './cgroup-steps.ts';
import { type ContainerCgroup, cgroupOf } from './container-cgroup.ts';
import { keptWrites } from './limit-writes.ts';

/** Properties of which one is written from the others too. */
const together: readonly (readonly string[])[] = [
  ['/linux/resources/cpu/quota', '/linux/resources/cpu/period'],
  ['/linux/resources/memory/limit', '/linux/resources/memory/swap'],
];

function isTouched(changed: readonly string[] | 'all', from: string): boolean {
  if (changed === 'all' || changed.some((at) => from === at || from.startsWith(`${at}/`))) return true;
  return together.some((group) => group.includes(from) && group.some((at) => changed.includes(at)));
}

/** `resources` after the change; `changed` are the pointers of the properties that were given. */
export function updateSteps(
  cgroups: readonly ContainerCgroup[],
  resources: Resources,
  changed: readonly string[] | 'all',
): CgroupWriteStep[] {
  const kept = keptWrites(cgroups, resources);
  return cgroups.flatMap(({ directory }, index) =>
    into(
      directory,
      (kept[index] ?? []).filter(({ from }) => isTouched(changed, from)),
    ),
  );
}

/** A limit that what is used may not be above (`checkBeforeUpdate`). */
export type UsageCheck = { readonly from: string; readonly usage: string; readonly limit: bigint };

/** v2, where a limit below what is used would have the kernel kill; on v1 it refuses one by itself. */
export function usageChecks(cgroups: readonly ContainerCgroup[], { memory = {} }: Resources): UsageCheck[] {
  const cgroup = cgroupOf(cgroups, 'memory');
  if (memory.checkBeforeUpdate !== true || cgroup?.version !== 2) return [];
  const limits = { swap: memory.swap ?? 0, limit: memory.limit ?? 0 };
  return Object.entries(limits).flatMap(([name, limit]) =>
    limit > 0
      ? [
          {
            from: `/linux/resources/memory/${name}`,
            usage: `${cgroup.directory}/memory.current`,
            limit: BigInt(limit),
          },
        ]
      : [],
  );
}
