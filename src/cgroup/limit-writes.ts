// The limits of one cgroup, for `create` and `update`.

import type { Resources } from '../spec/resources.ts';
import { hugePageWrites } from './huge-pages.ts';
import { pidsWrites } from './pids.ts';
import { rdmaWrites } from './rdma.ts';
import { blockIoWrites as v1BlockIo } from './v1/block-io.ts';
import { cpuWrites as v1Cpu } from './v1/cpu.ts';
import { memoryWrites as v1Memory } from './v1/memory.ts';
import { networkWrites } from './v1/network.ts';
import { blockIoWrites as v2BlockIo } from './v2/block-io.ts';
import { cpuWrites as v2Cpu } from './v2/cpu.ts';
import { memoryWrites as v2Memory } from './v2/memory.ts';
import { unifiedWrites } from './v2/unified.ts';
import type { CgroupWrite } from './write.ts';

const controllers = {
  1: [v1Memory, v1Cpu, pidsWrites, v1BlockIo, hugePageWrites(1), networkWrites, rdmaWrites],
  2: [v2Memory, v2Cpu, pidsWrites, v2BlockIo, hugePageWrites(2), rdmaWrites, unifiedWrites],
} as const;

/** What is written for every controller, in order; device rules are no limits. */
export function limitWrites(version: 1 | 2, resources: Resources): CgroupWrite[] {
  return controllers[version].flatMap((writes) => writes(resources));
}

type Hierarchy = { readonly version: 1 | 2; readonly controllers: readonly string[] };

/**
 * What each hierarchy keeps of the limits, in their order. On a hybrid host the v2 tree keeps those of the controllers alone that
 * are not in v1. A file without a controller is in every cgroup of a tree that has all of them.
 */
export function keptWrites(hierarchies: readonly Hierarchy[], resources: Resources): CgroupWrite[][] {
  const inV1 = hierarchies.flatMap(({ version, controllers }) => (version === 1 ? controllers : []));
  const all = { 1: limitWrites(1, resources), 2: limitWrites(2, resources) };
  return hierarchies.map(({ version, controllers }) =>
    all[version].filter(({ controller }) => {
      if (version === 1) return controllers.includes(controller);
      return controller === ''
        ? inV1.length === 0
        : controllers.includes(controller) && !inV1.includes(controller);
    }),
  );
}
