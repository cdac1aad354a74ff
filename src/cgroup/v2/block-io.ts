// Block I/O on cgroup v2 (config-linux.md#block-io).

import type { Resources } from '../../spec/resources.ts';
import { throttleWrites, type Weight, weightsOf } from '../block-io.ts';
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

/** There leaves have no weight of their own. */
export function blockIoWrites({ blockIO }: Resources): CgroupWrite[] {
  if (blockIO === undefined) return [];
  return [
    ...weightsOf(blockIO).flatMap((weight) => (weight.property === 'weight' ? [weightWrite(weight)] : [])),
    ...throttleWrites('io', blockIO, throttleFiles, (throttle, rate) => {
      const value = rate === null || !isSet(rate) ? 'max' : rate;
      return `${throttleKeys[throttle]}=${value}`;
    }),
  ];
}

/** BFQ takes a weight as it is; the other file has a range of its own (1 to 10000, 10 to 1000 on v1). */
function weightWrite({ property: _, weight, start, ...write }: Weight): CgroupWrite {
  const converted = Math.floor(1 + ((weight - 10) * 9999) / 990);
  return {
    controller: 'io',
    ...write,
    file: 'io.bfq.weight',
    value: `${start}${weight}`,
    otherwise: { file: 'io.weight', value: `${start}${converted}` },
  };
}
