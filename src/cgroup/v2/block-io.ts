// Block I/O on cgroup v2 (config-linux.md#block-io).

import type { Resources } from '../../spec/resources.ts';
import { blockIoPointer, deviceKey, throttleWrites } from '../block-io.ts';
import { type CgroupWrite, isSet } from '../write.ts';

/** All in one file, a device a line and a key a limit. */
const throttleFiles = {
  throttleReadBpsDevice: 'io.max',
  throttleWriteBpsDevice: 'io.max',
  throttleReadIOPSDevice: 'io.max',
  throttleWriteIOPSDevice: 'io.max',
} as const;

const throttleKeys = {
  throttleReadBpsDevice: 'rbps',
  throttleWriteBpsDevice: 'wbps',
  throttleReadIOPSDevice: 'riops',
  throttleWriteIOPSDevice: 'wiops',
} as const;

export function blockIoWrites({ blockIO }: Resources): CgroupWrite[] {
  if (blockIO === undefined) return [];
  const { weight, weightDevice = [] } = blockIO;
  return [
    ...(isSet(weight) ? [weightWrite(weight, 'weight', '')] : []),
    ...weightDevice.flatMap((device, index) =>
      isSet(device.weight)
        ? [weightWrite(device.weight, `weightDevice/${index}/weight`, deviceKey(device))]
        : [],
    ),
    ...throttleWrites('io', blockIO, throttleFiles, (throttle, rate) => {
      const value = rate === null || !isSet(rate) ? 'max' : rate;
      return `${throttleKeys[throttle]}=${value}`;
    }),
  ];
}

/** BFQ takes a weight as it is; the other file has a range of its own (1 to 10000, 10 to 1000 on v1). `key`: of a device, or empty. */
function weightWrite(weight: number, property: string, key: string): CgroupWrite {
  const converted = Math.floor(1 + ((weight - 10) * 9999) / 990);
  const start = key === '' ? '' : `${key} `;
  return {
    controller: 'io',
    file: 'io.bfq.weight',
    value: `${start}${weight}`,
    from: `${blockIoPointer}/${property}`,
    otherwise: { file: 'io.weight', value: `${start}${converted}` },
    ...(key === '' ? {} : { entry: { key, unset: `${key} default` } }),
  };
}
