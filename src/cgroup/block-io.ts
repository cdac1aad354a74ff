// Limits of block devices (config-linux.md#block-io): what v1 and v2 have in common.

import type { Resources } from '../spec/resources.ts';
import type { CgroupWrite } from './write.ts';

type BlockIo = NonNullable<Resources['blockIO']>;

type Throttle =
  | 'throttleReadBpsDevice'
  | 'throttleWriteBpsDevice'
  | 'throttleReadIOPSDevice'
  | 'throttleWriteIOPSDevice';

export const blockIoPointer = '/linux/resources/blockIO';

/** "MAJOR:MINOR", as every file of the controller names a device. */
export function deviceKey({
  major,
  minor,
}: {
  readonly major: number | bigint;
  readonly minor: number | bigint;
}): string {
  return `${major}:${minor}`;
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
