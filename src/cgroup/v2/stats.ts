// What a container uses, from cgroup v2 (the kernel's admin-guide/cgroup-v2), in the terms of v1.

import {
  blockIoEntry,
  filled,
  keyedNumbers,
  limitIn,
  numberIn,
  perPageSize,
  sorted,
} from '../stat-values.ts';

type Read = (file: string) => string | null;

export function v2Stats(read: Read, pageSizes: readonly string[]): Readonly<Record<string, unknown>> {
  return {
    cpu: cpuStats(read),
    cpuset: {
      cpu_exclusive: 0,
      mem_hardwall: 0,
      mem_exclusive: 0,
      memory_migrate: 0,
      memory_spread_page: 0,
      memory_spread_slab: 0,
      memory_pressure: 0,
      sched_load_balance: 0,
      sched_relax_domain_level: 0,
    },
    memory: memoryStats(read),
    pids: filled({ current: numberIn(read('pids.current')), limit: limitIn(read('pids.max')) }),
    blkio: blockIoStats(read),
    hugetlb: perPageSize(pageSizes, (prefix, size) => hugePages(read, prefix, size)),
    intel_rdt: {},
    network_interfaces: null,
  };
}

function cpuStats(read: Read) {
  const stat = keyedNumbers(read('cpu.stat'));
  const nanoseconds = (name: string) => (stat.get(name) ?? 0n) * 1000n;
  return {
    usage: {
      ...filled({ total: nanoseconds('usage_usec') }),
      kernel: nanoseconds('system_usec'),
      user: nanoseconds('user_usec'),
    },
    throttling: filled({
      periods: stat.get('nr_periods') ?? 0n,
      throttledPeriods: stat.get('nr_throttled') ?? 0n,
      throttledTime: nanoseconds('throttled_usec'),
    }),
    ...pressure(read('cpu.pressure')),
  };
}

const none = { limit: 0, failcnt: 0 };

/** v1 counts memory and swap together. */
function memoryStats(read: Read) {
  const raw = keyedNumbers(read('memory.stat'));
  const memory = { limit: numberIn(read('memory.max')), usage: numberIn(read('memory.current')) };
  const swap = { limit: numberIn(read('memory.swap.max')), usage: numberIn(read('memory.swap.current')) };
  const both = {
    // No limit of one is none of both.
    limit:
      limitIn(read('memory.swap.max')) === 0n && swap.limit !== 0n ? swap.limit : memory.limit + swap.limit,
    usage: memory.usage + swap.usage,
  };
  const failures = (events: string) => keyedNumbers(read(events)).get('max') ?? 0n;
  return {
    ...filled({ cache: raw.get('file') ?? 0n }),
    usage: {
      limit: memory.limit,
      ...filled({ usage: memory.usage, max: numberIn(read('memory.peak')) }),
      failcnt: failures('memory.events'),
    },
    swap: { limit: both.limit, ...filled({ usage: both.usage }), failcnt: failures('memory.swap.events') },
    kernel: none,
    kernelTCP: none,
    raw: sorted(raw),
    ...pressure(read('memory.pressure')),
  };
}

function hugePages(read: Read, prefix: string, size: string) {
  const usage = read(`${prefix}.current`);
  if (usage === null) return null;
  return {
    ...filled({ usage: numberIn(usage) }),
    failcnt: keyedNumbers(read(`hugetlb.${size}.events`)).get('max') ?? 0n,
  };
}

const operations: Readonly<Record<string, readonly [table: string, op: string]>> = {
  rbytes: ['ioServiceBytesRecursive', 'Read'],
  wbytes: ['ioServiceBytesRecursive', 'Write'],
  rios: ['ioServicedRecursive', 'Read'],
  wios: ['ioServicedRecursive', 'Write'],
};

/** "8:0 rbytes=1 wbytes=2 …" lines. */
function blockIoStats(read: Read) {
  const tables: Record<string, unknown[]> = { ioServiceBytesRecursive: [], ioServicedRecursive: [] };
  for (const line of (read('io.stat') ?? '').split('\n')) {
    const [device = '', ...pairs] = line.split(' ');
    for (const pair of pairs) {
      const [key = '', value = '0'] = pair.split('=');
      const [table = '', op = ''] = operations[key] ?? [];
      tables[table]?.push(blockIoEntry(device, op, BigInt(value)));
    }
  }
  return { ...filled(tables), ...pressure(read('io.pressure')) };
}

/** Pressure stall information: "some avg10=0.00 avg60=0.00 avg300=0.00 total=0". */
function pressure(text: string | null): { readonly psi?: Readonly<Record<string, unknown>> } {
  const lines = [...(text ?? '').matchAll(/^(\w+) avg10=(\S+) avg60=(\S+) avg300=(\S+) total=(\d+)$/gm)];
  if (lines.length === 0) return {};
  const entries = lines.map(([, kind = '', avg10, avg60, avg300, total = '0']) => [
    kind,
    { avg10: Number(avg10), avg60: Number(avg60), avg300: Number(avg300), total: BigInt(total) },
  ]);
  return { psi: Object.fromEntries(entries) };
}
