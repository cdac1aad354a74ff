// Memory limits on cgroup v1 (config-linux.md#memory).

import type { Resources } from '../../spec/resources.ts';
import { type CgroupWrite, writesFor } from '../write.ts';

/** The limit comes before the limit with swap, which may not be lower. */
export function memoryWrites({ memory }: Resources): CgroupWrite[] {
  return writesFor('memory', '/linux/resources/memory', memory, [
    ['useHierarchy', 'memory.use_hierarchy'],
    ['limit', 'memory.limit_in_bytes'],
    ['swap', 'memory.memsw.limit_in_bytes'],
    ['reservation', 'memory.soft_limit_in_bytes'],
    ['kernel', 'memory.kmem.limit_in_bytes', { keeps: 'at most' }],
    ['kernelTCP', 'memory.kmem.tcp.limit_in_bytes'],
    ['swappiness', 'memory.swappiness', 'even 0'],
    ['disableOOMKiller', 'memory.oom_control', 'even 0'],
  ]);
}
