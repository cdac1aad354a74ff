// Limits of block devices (config-linux.md#block-io): what v1 and v2 have in common.

import type { Resources } from '../spec/resources.ts';
import { type CgroupWrite, isSet } from './write.ts';

type BlockIo = NonNullable<Resources['blockIO']>;

type Throttle =
  | 'throttleReadBpsDevice'
  | 'throttleWriteBpsDevice'
  | 'throttleReadIOPSDevice'
  | 'throttleWriteIOPSDevice';

const blockIoPointer = '/linux/resources/blockIO';

/** "MAJOR:MINOR", as every file of the controller names a device. */
function deviceKey({
  major,
  minor,
}: {
  readonly major: number | bigint;
  readonly minor: number | bigint;
}): string {
  return `${major}:${minor}`;
}

/** A weight that is asked for, of one device or of all of them. */
export type Weight = {
  readonly property: 'weight' | 'leafWeight';
  readonly weight: number;
  /** What the value starts with. */
  readonly start: string;
  readonly from: string;
  /** Of a device alone. */
  readonly entry?: NonNullable<CgroupWrite['entry']>;
};

export function weightsOf(blockIO: BlockIo): Weight[] {
  const properties = ['weight', 'leafWeight'] as const;
  const asked = (values: Pick<BlockIo, 'weight' | 'leafWeight'>, rest: Omit<Weight, 'property' | 'weight'>) =>
    properties.flatMap((property) => {
      const weight = values[property];
      return isSet(weight) ? [{ ...rest, property, weight, from: `${rest.from}/${property}` }] : [];
    });
  return [
    ...asked(blockIO, { start: '', from: blockIoPointer }),
    ...(blockIO.weightDevice ?? []).flatMap((device, index) => {
      const key = deviceKey(device);
      return asked(device, {
        start: `${key} `,
        from: `${blockIoPointer}/weightDevice/${index}`,
        entry: { key, unset: `${key} default` },
      });
    }),
  ];
}

/** One write a device. `value`: what follows the device, for a rate; without one, what takes the limit off. */
export function throttleWrites(
  controller: string,
  blockIO: BlockIo,
  files: Readonly<Record<Throttle, string>>,
  value: (throttle: Throttle, rate: number | bigint | null) => string,
): CgroupWrite[] {
  return (Object.keys(files) as Throttle[]).flatMap((throttle) =>
    (blockIO[throttle] ?? []).map((device, index): CgroupWrite => {
      const key = deviceKey(device);
      return {
        controller,
        file: files[throttle],
        value: `${key} ${value(throttle, device.rate)}`,
        from: `${blockIoPointer}/${throttle}/${index}`,
        entry: { key, unset: `${key} ${value(throttle, null)}` },
      };
    }),
  );
}
