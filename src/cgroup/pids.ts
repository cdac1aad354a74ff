// The number of processes (config-linux.md#pids), the same on v1 and v2.

import type { Resources } from '../spec/resources.ts';
import type { CgroupWrite } from './write.ts';

/** A limit of 0 is written as 1, as runc does: the container process itself has to be born into it. */
export function pidsWrites({ pids }: Resources): CgroupWrite[] {
  if (pids?.limit === undefined) return [];
  const value = pids.limit < 0 ? 'max' : String(pids.limit === 0 ? 1 : pids.limit);
  return [{ controller: 'pids', file: 'pids.max', value, from: '/linux/resources/pids/limit' }];
}
