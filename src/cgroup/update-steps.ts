// What `update` writes into the cgroups of a container that exists.

import { isObject, type Json, type JsonObject } from '../spec/json.ts';
import type { Resources } from '../spec/resources.ts';
import { type CgroupWriteStep, into } from './cgroup-steps.ts';
import { type ContainerCgroup, cgroupOf } from './container-cgroup.ts';
import { keptWrites } from './limit-writes.ts';

/** Where 0 is a value; of every other number it means, as in runc, that the limit stays as it is. */
const zeroCounts = ['cpu/burst', 'cpu/idle', 'memory/swappiness'];

/**
 * A part of linux.resources without what asks for nothing. Docker writes 0 for every limit that it does not change, other clients
 * empty texts, lists and objects.
 */
export function askedChanges(given: JsonObject): JsonObject {
  return members(given, (section, value) =>
    isObject(value)
      ? members(value, (name, member) => (asksForNothing(`${section}/${name}`, member) ? null : member))
      : value,
  );
}

function members(object: JsonObject, change: (name: string, value: Json) => Json): JsonObject {
  const changed = Object.entries(object).map(([name, value]): [string, Json] => [name, change(name, value)]);
  return Object.fromEntries(changed.filter(([, value]) => !isEmpty(value)));
}

function asksForNothing(property: string, value: Json): boolean {
  return value === '' || (value === 0 && !zeroCounts.includes(property));
}

function isEmpty(value: Json): boolean {
  return value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}

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
