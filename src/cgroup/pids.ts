// The number of processes (config-linux.md#pids), the same on v1 and v2.

import type { Resources } from '../spec/resources.ts';
import type { CgroupWrite } from './write.ts';

export function pidsWrites({ pids }: Resources): CgroupWrite[] {
  if (pids?.limit === undefined) return [];
  const value = pids.limit < 0 ? 'max' : String(pids.limit);
  return [{ controller: 'pids', file: 'pids.max', value, from: '/linux/resources/pids/limit' }];
}

/** Nothing is born into a cgroup with a limit of 0: the container process has to be there already. */
export function isForLater({ controller, value }: CgroupWrite): boolean {
  return controller === 'pids' && value === '0';
}
