// Block I/O on cgroup v1 (config-linux.md#block-io).

import type { Resources } from '../../spec/resources.ts';
import type { CgroupWrite } from '../write.ts';

/** The weight belongs to the I/O scheduler: BFQ's, or CFQ's on kernels that had it. */
export function blockIoWrites({ blockIO }: Resources): CgroupWrite[] {
  if (blockIO?.weight === undefined) return [];
  const value = String(blockIO.weight);
  const from = '/linux/resources/blockIO/weight';
  return [
    {
      controller: 'blkio',
      file: 'blkio.bfq.weight',
      value,
      from,
      otherwise: { file: 'blkio.weight', value },
    },
  ];
}
