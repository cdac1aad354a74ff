// Rules about limits (config-linux.md#control-groups): which ones the host can keep, and which values make sense.

import { limitWrites } from '../cgroup/limit-writes.ts';
import { isSet } from '../cgroup/write.ts';
import type { Diagnostic } from '../spec/diagnostic.ts';
import { pointer } from '../spec/diagnostic.ts';
import type { CgroupFacts } from '../spec/host-facts.ts';
import type { Resources } from '../spec/resources.ts';
import { problem, type Rule } from './rule.ts';

const at = '/linux/resources';

/** Limits that ended with cgroup v1, by pointer below resources, and whether they are asked for. */
function limitsOfV1({ memory = {}, cpu = {}, blockIO = {}, network = {} }: Resources): [string, boolean][] {
  return [
    ['memory/kernel', isSet(memory.kernel)],
    ['memory/kernelTCP', isSet(memory.kernelTCP)],
    ['memory/swappiness', memory.swappiness !== undefined],
    // There every cgroup counts for those above it.
    ['memory/useHierarchy', memory.useHierarchy === false],
    ['memory/disableOOMKiller', memory.disableOOMKiller === true],
    ['cpu/realtimeRuntime', cpu.realtimeRuntime !== undefined],
    ['cpu/realtimePeriod', cpu.realtimePeriod !== undefined],
    ['blockIO/leafWeight', isSet(blockIO.leafWeight)],
    ...(blockIO.weightDevice ?? []).map(({ leafWeight }, index): [string, boolean] => [
      `blockIO/weightDevice/${index}/leafWeight`,
      isSet(leafWeight),
    ]),
    ['network/classID', isSet(network.classID)],
    ['network/priorities', (network.priorities ?? []).length > 0],
  ];
}

export const limitsExist: Rule = ({ linux }, { cgroup }) =>
  cgroup.v1.length > 0
    ? []
    : limitsOfV1(linux?.resources ?? {}).flatMap(([name, asked]) =>
        asked ? [problem(`${at}/${name}`, 'cgroup v2 has no such limit; leave it out')] : [],
      );

/** For a size that there is none of the controller has no file. */
export const hugePagesExist: Rule = ({ linux }, { hugePageSizes }) => {
  const limits = linux?.resources?.hugepageLimits ?? [];
  const sizes = limits.length === 0 ? [] : hugePageSizes();
  return limits.flatMap(({ pageSize }, index) =>
    sizes.length === 0 || sizes.includes(pageSize)
      ? []
      : [
          problem(
            `${at}/hugepageLimits/${index}/pageSize`,
            `this kernel has no huge pages of ${pageSize}, but of ${sizes.join(' and ')}`,
          ),
        ],
  );
};

function isOnV1(v1: CgroupFacts['v1'], name: string): boolean {
  return v1.some(({ controllers }) => controllers.includes(name));
}

/** Without its controller a limit can be kept nowhere. */
export const limitsNeedController: Rule = ({ linux }, { cgroup: { v1, v2 } }) => {
  if (v1.length === 0 && v2 === null) return [];
  const inTree = v2?.controllers ?? [];
  const isThere = (name: string) =>
    name === '' || isOnV1(v1, name) || inTree.includes(name === 'blkio' ? 'io' : name);
  return limitWrites(v1.length > 0 ? 1 : 2, linux?.resources ?? {})
    .filter(({ controller, optional }) => optional === undefined && !isThere(controller))
    .map(({ controller, from }) =>
      problem(
        from,
        `the controller ${JSON.stringify(controller)} is not available in the cgroups of this host; leave it out`,
      ),
    );
};

/** Files by name are those of cgroup v2. */
export const unifiedFits: Rule = ({ linux }, { cgroup }) =>
  Object.keys(linux?.resources?.unified ?? {}).flatMap((file) => {
    const where = pointer(['linux', 'resources', 'unified', file]);
    if (cgroup.v1.length > 0)
      return [
        problem(
          where,
          'this host has cgroup v1, and unified is for hosts with cgroup v2 alone; leave it out',
        ),
      ];
    return /^\w+\.[^/]+$/.test(file)
      ? []
      : [problem(where, 'expected the name of a file such as "memory.high": CONTROLLER.PARAMETER')];
  });

export const memoryFits: Rule = ({ linux }, { cgroup: { v1 } }) => {
  const { memory = {} } = linux?.resources ?? {};
  const { limit = 0, swap = 0 } = memory;
  const found: Diagnostic[] = (['limit', 'reservation', 'swap', 'kernel', 'kernelTCP'] as const).flatMap(
    (name) =>
      (memory[name] ?? 0) < -1
        ? [problem(`${at}/memory/${name}`, 'expected a number of bytes, or -1 for no limit')]
        : [],
  );
  if (swap > 0 && limit === 0)
    found.push(
      problem(`${at}/memory/swap`, 'counts memory and swap together, and needs a limit of memory too'),
    );
  else if (swap > 0 && (limit > swap || (limit < 0 && isOnV1(v1, 'memory'))))
    found.push(problem(`${at}/memory/swap`, 'counts memory and swap together, and must not be below limit'));
  return found;
};

export const burstFits: Rule = ({ linux }) => {
  const { quota = 0, burst = 0 } = linux?.resources?.cpu ?? {};
  return quota > 0 && burst > quota
    ? [problem(`${at}/cpu/burst`, `${burst} is above the quota of ${quota}`)]
    : [];
};

const lowest = 10;
const highest = 1000;

export const blockWeightsFit: Rule = ({ linux }) => {
  const { weight, leafWeight, weightDevice = [] } = linux?.resources?.blockIO ?? {};
  const inRange = (pointer: string, value: number | undefined) =>
    !isSet(value) || (value >= lowest && value <= highest)
      ? []
      : [
          problem(
            `${at}/blockIO/${pointer}`,
            `expected an integer from ${lowest} to ${highest}, got ${value}`,
          ),
        ];
  return [
    ...inRange('weight', weight),
    ...inRange('leafWeight', leafWeight),
    ...weightDevice.flatMap((device, index) => [
      ...(device.weight === undefined && device.leafWeight === undefined
        ? [problem(`${at}/blockIO/weightDevice/${index}`, 'needs weight or leafWeight')]
        : []),
      ...inRange(`weightDevice/${index}/weight`, device.weight),
      ...inRange(`weightDevice/${index}/leafWeight`, device.leafWeight),
    ]),
  ];
};

export const rdmaLimitsSomething: Rule = ({ linux }) =>
  Object.entries(linux?.resources?.rdma ?? {}).flatMap(([device, { hcaHandles, hcaObjects }]) => {
    const where = pointer(['linux', 'resources', 'rdma', device]);
    if (!/^\S+$/.test(device)) return [problem(where, 'expected the name of a device')];
    return hcaHandles === undefined && hcaObjects === undefined
      ? [problem(where, 'needs hcaHandles or hcaObjects')]
      : [];
  });
