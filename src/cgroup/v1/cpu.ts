// CPU limits on cgroup v1 (config-linux.md#cpu): controllers cpu and cpuset.

import type { Resources } from '../../spec/resources.ts';
import { type CgroupWrite, writesFor } from '../write.ts';

const from = '/linux/resources/cpu';

/** The period comes before the quota, and the quota before the burst, which may not be higher. */
export function cpuWrites({ cpu }: Resources): CgroupWrite[] {
  return [
    ...writesFor('cpu', from, cpu, [
      ['shares', 'cpu.shares', { keeps: 'value' }],
      ['period', 'cpu.cfs_period_us'],
      ['quota', 'cpu.cfs_quota_us'],
      ['burst', 'cpu.cfs_burst_us', 'even 0'],
      ['realtimePeriod', 'cpu.rt_period_us'],
      ['realtimeRuntime', 'cpu.rt_runtime_us'],
      ['idle', 'cpu.idle', 'even 0'],
    ]),
    ...writesFor('cpuset', from, cpu, [
      ['cpus', 'cpuset.cpus'],
      ['mems', 'cpuset.mems'],
    ]),
  ];
}
