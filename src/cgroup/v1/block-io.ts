// Block I/O on cgroup v1 (config-linux.md#block-io).

import type { Resources } from '../../spec/resources.ts';
import { throttleWrites, type Weight, weightsOf } from '../block-io.ts';
import type { CgroupWrite } from '../write.ts';

const throttleFiles = {
  throttleReadBpsDevice: 'blkio.throttle.read_bps_device',
  throttleWriteBpsDevice: 'blkio.throttle.write_bps_device',
  throttleReadIOPSDevice: 'blkio.throttle.read_iops_device',
  throttleWriteIOPSDevice: 'blkio.throttle.write_iops_device',
} as const;

export function blockIoWrites({ blockIO }: Resources): CgroupWrite[] {
  if (blockIO === undefined) return [];
  return [
    ...weightsOf(blockIO).map(weightWrite),
    ...throttleWrites('blkio', blockIO, throttleFiles, (_, rate) => String(rate ?? 0)),
  ];
}

/** Weights belong to the I/O scheduler: BFQ's, or CFQ's on kernels that had it, and that alone knew leaves. */
function weightWrite({ property, weight, start, ...write }: Weight): CgroupWrite {
  const name = property === 'weight' ? 'weight' : 'leaf_weight';
  const file = write.entry === undefined ? name : `${name}_device`;
  const cfq = { file: `blkio.${file}`, value: `${start}${weight}` };
  if (property === 'leafWeight') return { controller: 'blkio', ...write, ...cfq };
  return { controller: 'blkio', ...write, ...cfq, file: `blkio.bfq.${file}`, otherwise: cfq };
}
