// What a container uses, from cgroup v1 (the kernel's admin-guide/cgroup-v1).

import {
  blockIoEntry,
  filled,
  keyedNumbers,
  limitIn,
  listIn,
  numberIn,
  perPageSize,
  sorted,
} from '../stat-values.ts';

type ReadIn = (controller: string, file: string) => string | null;

/** USER_HZ is 100 on every architecture. */
const nanosecondsPerTick = 10_000_000n;

export function v1Stats(read: ReadIn, pageSizes: readonly string[]): Readonly<Record<string, unknown>> {
  return {
    cpu: cpuStats(read),
    cpuset: cpusetStats(read),
    memory: memoryStats(read),
    pids: filled({
      current: numberIn(read('pids', 'pids.current')),
      limit: limitIn(read('pids', 'pids.max')),
    }),
    blkio: blockIoStats(read),
    hugetlb: perPageSize(pageSizes, (prefix) => hugePages(read, prefix)),
    intel_rdt: {},
    network_interfaces: null,
  };
}

function cpuStats(read: ReadIn) {
  const throttling = keyedNumbers(read('cpu', 'cpu.stat'));
  const ticks = keyedNumbers(read('cpuacct', 'cpuacct.stat'));
  // "cpu user system", then a line a CPU.
  const perCpu = [...(read('cpuacct', 'cpuacct.usage_all') ?? '').matchAll(/^\d+ (\d+) (\d+)$/gm)];
  const usage = {
    total: numberIn(read('cpuacct', 'cpuacct.usage')),
    percpu: (read('cpuacct', 'cpuacct.usage_percpu') ?? '').trim().split(/\s+/).filter(Boolean).map(BigInt),
    percpu_kernel: perCpu.map(([, , system = '0']) => BigInt(system)),
    percpu_user: perCpu.map(([, user = '0']) => BigInt(user)),
  };
  return {
    usage: {
      ...filled(usage),
      kernel: (ticks.get('system') ?? 0n) * nanosecondsPerTick,
      user: (ticks.get('user') ?? 0n) * nanosecondsPerTick,
    },
    throttling: filled({
      periods: throttling.get('nr_periods') ?? 0n,
      throttledPeriods: throttling.get('nr_throttled') ?? 0n,
      throttledTime: throttling.get('throttled_time') ?? 0n,
    }),
  };
}

function cpusetStats(read: ReadIn) {
  const flag = (name: string) => numberIn(read('cpuset', `cpuset.${name}`));
  return {
    ...filled({ cpus: listIn(read('cpuset', 'cpuset.cpus')) }),
    cpu_exclusive: flag('cpu_exclusive'),
    ...filled({ mems: listIn(read('cpuset', 'cpuset.mems')) }),
    mem_hardwall: flag('mem_hardwall'),
    mem_exclusive: flag('mem_exclusive'),
    memory_migrate: flag('memory_migrate'),
    memory_spread_page: flag('memory_spread_page'),
    memory_spread_slab: flag('memory_spread_slab'),
    memory_pressure: flag('memory_pressure'),
    sched_load_balance: flag('sched_load_balance'),
    sched_relax_domain_level: Number((read('cpuset', 'cpuset.sched_relax_domain_level') ?? '0').trim()),
  };
}

function memoryStats(read: ReadIn) {
  const entry = (name: string) => {
    const value = (file: string) => numberIn(read('memory', `memory.${name}${file}`));
    return {
      limit: value('limit_in_bytes'),
      ...filled({ usage: value('usage_in_bytes'), max: value('max_usage_in_bytes') }),
      failcnt: value('failcnt'),
    };
  };
  const raw = keyedNumbers(read('memory', 'memory.stat'));
  return {
    ...filled({ cache: raw.get('cache') ?? 0n }),
    usage: entry(''),
    swap: entry('memsw.'),
    kernel: entry('kmem.'),
    kernelTCP: entry('kmem.tcp.'),
    raw: sorted(raw),
  };
}

function hugePages(read: ReadIn, prefix: string) {
  const text = (file: string) => read('hugetlb', `${prefix}.${file}`);
  const usage = text('usage_in_bytes');
  if (usage === null) return null;
  return {
    ...filled({ usage: numberIn(usage), max: numberIn(text('max_usage_in_bytes')) }),
    failcnt: numberIn(text('failcnt')),
  };
}

/** Files of the I/O scheduler where it counts, else of the throttler. */
const sources = ['bfq.', 'throttle.'] as const;

function blockIoStats(read: ReadIn) {
  for (const source of sources) {
    const entries = (name: string) =>
      [
        ...(read('blkio', `blkio.${source}${name}_recursive`) ?? '').matchAll(/^(\d+:\d+) (\w+) (\d+)$/gm),
      ].map(([, device = '', op = '', value = '0']) => blockIoEntry(device, op, BigInt(value)));
    const found = filled({
      ioServiceBytesRecursive: entries('io_service_bytes'),
      ioServicedRecursive: entries('io_serviced'),
    });
    if (Object.keys(found).length > 0) return found;
  }
  return {};
}
