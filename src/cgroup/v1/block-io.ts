// Block I/O on cgroup v1 (config-linux.md#block-io).

import type { Resources } from '../../spec/resources.ts';
import { blockIoPointer, deviceKey, throttleWrites } from '../block-io.ts';
import { type CgroupWrite, isSet } from '../write.ts';

const throttleFiles = {
  throttleReadBpsDevice: 'blkio.throttle.read_bps_device',
  throttleWriteBpsDevice: 'blkio.throttle.write_bps_device',
  throttleReadIOPSDevice: 'blkio.throttle.read_iops_device',
  throttleWriteIOPSDevice: 'blkio.throttle.write_iops_device',
} as const;

/** Weights belong to the I/O scheduler: BFQ's, or CFQ's on kernels that had it, and that alone knew leaves. */
export function blockIoWrites({ blockIO }: Resources): CgroupWrite[] {
  if (blockIO === undefined) return [];
  const { weight, leafWeight, weightDevice = [] } = blockIO;
  return [
    ...weightWrite('weight', weight, ''),
    ...weightWrite('leaf_weight', leafWeight, ''),
    ...weightDevice.flatMap((device, index) => [
      ...weightWrite('weight', device.weight, deviceKey(device), index),
      ...weightWrite('leaf_weight', device.leafWeight, deviceKey(device), index),
    ]),
    ...throttleWrites('blkio', blockIO, throttleFiles, (_, rate) => String(rate ?? 0)),
  ];
}

/** `key`: of a device, or empty for all of them. */
function weightWrite(
  name: 'weight' | 'leaf_weight',
  weight: number | undefined,
  key: string,
  index = 0,
): CgroupWrite[] {
  if (!isSet(weight)) return [];
  const property = name === 'weight' ? 'weight' : 'leafWeight';
  const file = key === '' ? name : `${name}_device`;
  const value = key === '' ? String(weight) : `${key} ${weight}`;
  const write = {
    controller: 'blkio',
    value,
    from: `${blockIoPointer}/${key === '' ? property : `weightDevice/${index}/${property}`}`,
    ...(key === '' ? {} : { entry: { key, unset: `${key} default` } }),
  };
  const cfq = { file: `blkio.${file}`, value };
  if (name === 'leaf_weight') return [{ ...write, ...cfq }];
  return [{ ...write, file: `blkio.bfq.${file}`, otherwise: cfq }];
}
