// On which nodes the memory of a process is (config-linux.md#memory-policy; set_mempolicy(2)).

import type { InitStep } from '../init/protocol.ts';
import { bitMask, parseIdList } from '../spec/id-list.ts';
import type { Linux } from '../spec/linux.ts';

type MemoryPolicy = NonNullable<Linux['memoryPolicy']>;

/** MPOL_* (linux/mempolicy.h). */
const modes: Readonly<Record<MemoryPolicy['mode'], number>> = {
  MPOL_DEFAULT: 0,
  MPOL_PREFERRED: 1,
  MPOL_BIND: 2,
  MPOL_INTERLEAVE: 3,
  MPOL_LOCAL: 4,
  MPOL_PREFERRED_MANY: 5,
  MPOL_WEIGHTED_INTERLEAVE: 6,
};

const modeFlags: Readonly<Record<NonNullable<MemoryPolicy['flags']>[number], number>> = {
  MPOL_F_STATIC_NODES: 1 << 15,
  MPOL_F_RELATIVE_NODES: 1 << 14,
  MPOL_F_NUMA_BALANCING: 1 << 13,
};

export const memoryPolicyModes = Object.keys(modes);
export const memoryPolicyFlags = Object.keys(modeFlags);

export function memoryPolicySteps({ memoryPolicy }: Linux): InitStep[] {
  if (memoryPolicy === undefined) return [];
  const { mode, nodes = '', flags = [] } = memoryPolicy;
  const numbers = parseIdList(nodes) ?? [];
  return [
    {
      op: 'memoryPolicy',
      from: '/linux/memoryPolicy',
      mode: flags.reduce((bits, flag) => bits | modeFlags[flag], modes[mode]),
      nodes: numbers.length === 0 ? new Uint8Array() : bitMask(numbers),
    },
  ];
}
