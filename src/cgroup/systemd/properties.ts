// The limits of a scope as systemd names them (systemd.resource-control(5), org.freedesktop.systemd1(5)).

import { bitMask, parseIdList } from '../../spec/id-list.ts';
import type { CgroupWrite } from '../write.ts';

/** As busctl(1) takes one: D-Bus signature and the elements of the value, one after another. */
export type UnitProperty = {
  readonly name: string;
  readonly signature: string;
  readonly values: readonly string[];
};

/** Of a u64: no limit. */
const infinity = '18446744073709551615';

/** What the writes into files of cgroup v2 come to; those that systemd has no name for are left out. */
export function limitProperties(writes: readonly CgroupWrite[]): UnitProperty[] {
  return writes.flatMap((write) =>
    [write, write.otherwise].flatMap((to) => {
      const convert = to === undefined ? undefined : byFile[to.file];
      return to === undefined || convert === undefined ? [] : convert(to.value);
    }),
  );
}

const byFile: Readonly<Record<string, (value: string) => UnitProperty[]>> = {
  'memory.max': (value) => number('MemoryMax', value),
  'memory.low': (value) => number('MemoryLow', value),
  'memory.swap.max': (value) => number('MemorySwapMax', value),
  'cpu.weight': (value) => number('CPUWeight', value),
  // The weight 0 stands for idle.
  'cpu.idle': (value) => (value === '0' ? [] : number('CPUWeight', '0')),
  'cpu.max': (value) => quota(value),
  'cpuset.cpus': (value) => mask('AllowedCPUs', value),
  'cpuset.mems': (value) => mask('AllowedMemoryNodes', value),
  'io.weight': (value) => number('IOWeight', value),
  // systemd has no limit of 0.
  'pids.max': (value) => number('TasksMax', value === '0' ? '1' : value),
};

/** What only the kernel understands, such as "10M" of a unified limit, is left to it. */
function number(name: string, value: string): UnitProperty[] {
  if (!/^(\d+|max)$/.test(value)) return [];
  return [{ name, signature: 't', values: [value === 'max' ? infinity : value] }];
}

/** "QUOTA PERIOD" in microseconds; systemd takes the quota for a second, and cuts it to hundredths. */
function quota(value: string): UnitProperty[] {
  const [, most, period] = /^(\d+|max) ([1-9]\d*)$/.exec(value) ?? [];
  if (most === undefined || period === undefined) return [];
  const hundredth = 10_000n;
  const perSecond = (micros: bigint) => (micros * 1_000_000n + BigInt(period) - 1n) / BigInt(period);
  const roundedUp = (micros: bigint) => ((micros + hundredth - 1n) / hundredth) * hundredth;
  return [
    ...number('CPUQuotaPerSecUSec', most === 'max' ? most : String(roundedUp(perSecond(BigInt(most))))),
    ...number('CPUQuotaPeriodUSec', period),
  ];
}

/** A list such as "0-3,8" as the bytes of a mask, lowest first. */
function mask(name: string, list: string): UnitProperty[] {
  const numbers = parseIdList(list) ?? [];
  if (numbers.length === 0) return [];
  const bytes = [...bitMask(numbers)].slice(0, (Math.max(...numbers) >> 3) + 1);
  return [{ name, signature: 'ay', values: [bytes.length, ...bytes].map(String) }];
}
