// The limits that `update` takes as options, and which property of linux.resources each stands for.

export type LimitSpec = {
  readonly describe: string;
  /** Section and property of linux.resources, or of linux (intelRdt); null: accepted, and without effect as in runc. */
  readonly property: readonly [section: string, name: string] | null;
  /** A number, a number of bytes such as 32M, or a text. */
  readonly kind: 'number' | 'bytes' | 'text';
  readonly hidden?: true;
};

export const limits: Readonly<Record<string, LimitSpec>> = {
  'blkio-weight': {
    describe: 'weight of block I/O, 10 to 1000',
    property: ['blockIO', 'weight'],
    kind: 'number',
  },
  'cpu-period': { describe: 'length of a CPU period, µs', property: ['cpu', 'period'], kind: 'number' },
  'cpu-quota': { describe: 'CPU time of a period, µs', property: ['cpu', 'quota'], kind: 'number' },
  'cpu-burst': { describe: 'CPU time that may be saved up, µs', property: ['cpu', 'burst'], kind: 'number' },
  'cpu-share': {
    describe: 'share of the CPU in relation to others',
    property: ['cpu', 'shares'],
    kind: 'number',
  },
  'cpu-rt-period': {
    describe: 'length of a realtime period, µs',
    property: ['cpu', 'realtimePeriod'],
    kind: 'number',
  },
  'cpu-rt-runtime': {
    describe: 'realtime CPU time of a period, µs',
    property: ['cpu', 'realtimeRuntime'],
    kind: 'number',
  },
  'cpuset-cpus': { describe: 'CPUs to use, such as 0-3,6', property: ['cpu', 'cpus'], kind: 'text' },
  'cpuset-mems': { describe: 'memory nodes to use', property: ['cpu', 'mems'], kind: 'text' },
  'cpu-idle': {
    describe: '1: only CPU time that nobody else wants',
    property: ['cpu', 'idle'],
    kind: 'number',
  },
  memory: { describe: 'limit of memory', property: ['memory', 'limit'], kind: 'bytes' },
  'memory-reservation': {
    describe: 'soft limit of memory',
    property: ['memory', 'reservation'],
    kind: 'bytes',
  },
  'memory-swap': {
    describe: 'limit of memory and swap together, -1 for none',
    property: ['memory', 'swap'],
    kind: 'bytes',
  },
  'kernel-memory': { describe: 'without effect', property: null, kind: 'bytes', hidden: true },
  'kernel-memory-tcp': { describe: 'without effect', property: null, kind: 'bytes', hidden: true },
  'l3-cache-schema': {
    describe: 'Intel RDT: schema of the L3 cache',
    property: ['intelRdt', 'l3CacheSchema'],
    kind: 'text',
  },
  'mem-bw-schema': {
    describe: 'Intel RDT: schema of memory bandwidth',
    property: ['intelRdt', 'memBwSchema'],
    kind: 'text',
  },
  'pids-limit': { describe: 'how many processes there may be', property: ['pids', 'limit'], kind: 'number' },
};
