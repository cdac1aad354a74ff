// CPU limits on cgroup v2 (config-linux.md#cpu).

import type { Resources } from '../../spec/resources.ts';
import { type CgroupWrite, isSet, writesFor } from '../write.ts';

const from = '/linux/resources/cpu';
const defaultPeriod = 100_000;

export function cpuWrites({ cpu }: Resources): CgroupWrite[] {
  if (cpu === undefined) return [];
  const writes: CgroupWrite[] = [];
  if (isSet(cpu.shares)) {
    writes.push({
      controller: 'cpu',
      file: 'cpu.weight',
      value: weight(Number(cpu.shares)),
      from: `${from}/shares`,
    });
  }
  if (isSet(cpu.quota) || isSet(cpu.period)) {
    const quota = cpu.quota === undefined || cpu.quota <= 0 ? 'max' : String(cpu.quota);
    const property = cpu.quota === undefined ? 'period' : 'quota';
    writes.push({
      controller: 'cpu',
      file: 'cpu.max',
      value: `${quota} ${isSet(cpu.period) ? cpu.period : defaultPeriod}`,
      from: `${from}/${property}`,
    });
  }
  return [
    ...writes,
    ...writesFor('cpu', from, cpu, [
      ['burst', 'cpu.max.burst', 'even 0'],
      ['idle', 'cpu.idle', 'even 0'],
    ]),
    ...writesFor('cpuset', from, cpu, [
      ['cpus', 'cpuset.cpus'],
      ['mems', 'cpuset.mems'],
    ]),
  ];
}

/** v1 shares (2 to 262144, 1024 by default) to a v2 weight (1 to 10000, 100 by default), the peers' quadratic formula. */
function weight(shares: number): string {
  const l = Math.log2(Math.min(Math.max(shares, 2), 262144));
  return String(Math.ceil(10 ** ((l * l + 125 * l) / 612 - 7 / 34)));
}
