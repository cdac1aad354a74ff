// Block I/O on cgroup v2 (config-linux.md#block-io).

import type { Resources } from '../../spec/resources.ts';
import type { CgroupWrite } from '../write.ts';

export function blockIoWrites({ blockIO }: Resources): CgroupWrite[] {
  if (blockIO?.weight === undefined) return [];
  const { weight } = blockIO;
  const from = '/linux/resources/blockIO/weight';
  // BFQ takes it as it is; the other file has a range of its own (1 to 10000, 10 to 1000 on v1).
  const converted = Math.floor(1 + ((weight - 10) * 9999) / 990);
  return [
    {
      controller: 'io',
      file: 'io.bfq.weight',
      value: String(weight),
      from,
      otherwise: { file: 'io.weight', value: String(converted) },
    },
  ];
}
