// Memory limits on cgroup v2 (config-linux.md#memory; conversion as in the specification's v2 notes).

import type { Resources } from '../../spec/resources.ts';
import { type CgroupWrite, isSet } from '../write.ts';

const from = '/linux/resources/memory';

/** v1 counts memory and swap together, v2 swap alone; with memory that has no limit the number stands for swap, as in runc 1.2. */
export function memoryWrites({ memory }: Resources): CgroupWrite[] {
  if (memory === undefined) return [];
  const { limit, swap, reservation } = memory;
  const writes: CgroupWrite[] = [];
  if (isSet(swap)) {
    const own = swap < 0 ? swap : BigInt(swap) - (limit === undefined || limit < 0 ? 0n : BigInt(limit));
    writes.push({ controller: 'memory', file: 'memory.swap.max', value: bytes(own), from: `${from}/swap` });
  }
  if (isSet(limit))
    writes.push({ controller: 'memory', file: 'memory.max', value: bytes(limit), from: `${from}/limit` });
  if (isSet(reservation)) {
    writes.push({
      controller: 'memory',
      file: 'memory.low',
      value: bytes(reservation),
      from: `${from}/reservation`,
    });
  }
  return writes;
}

function bytes(value: number | bigint): string {
  return value < 0 ? 'max' : String(value);
}
