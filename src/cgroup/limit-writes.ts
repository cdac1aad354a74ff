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

/** What a hierarchy has; a file without a controller is in every cgroup. */
export function isIn(controllers: readonly string[]): (write: CgroupWrite) => boolean {
  return ({ controller }) => controller === '' || controllers.includes(controller);
}

/** The same in the v2 tree, which on a hybrid host keeps the limits of those controllers alone that are not in v1. */
export function isInTree(
  controllers: readonly string[],
  v1: readonly { readonly controllers: readonly string[] }[],
): (write: CgroupWrite) => boolean {
  const has = isIn(
    controllers.filter((name) => !v1.some((hierarchy) => hierarchy.controllers.includes(name))),
  );
  return (write) => has(write) && (v1.length === 0 || write.controller !== '');
}
