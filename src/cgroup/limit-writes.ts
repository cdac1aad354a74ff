// The limits of one cgroup, for `create` and `update`.

import type { Resources } from '../spec/resources.ts';
import { pidsWrites } from './pids.ts';
import { blockIoWrites as v1BlockIo } from './v1/block-io.ts';
import { cpuWrites as v1Cpu } from './v1/cpu.ts';
import { memoryWrites as v1Memory } from './v1/memory.ts';
import { blockIoWrites as v2BlockIo } from './v2/block-io.ts';
import { cpuWrites as v2Cpu } from './v2/cpu.ts';
import { memoryWrites as v2Memory } from './v2/memory.ts';
import type { CgroupWrite } from './write.ts';

/** What is written for every controller, in order; device rules are no limits. */
export function limitWrites(version: 1 | 2, resources: Resources): CgroupWrite[] {
  const controllers =
    version === 1 ? [v1Memory, v1Cpu, pidsWrites, v1BlockIo] : [v2Memory, v2Cpu, pidsWrites, v2BlockIo];
  return controllers.flatMap((writes) => writes(resources));
}
