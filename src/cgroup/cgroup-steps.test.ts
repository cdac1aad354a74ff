import { describe, expect, test } from 'vitest';
import type { CgroupFacts } from '../spec/host-facts.ts';
import type { Resources } from '../spec/resources.ts';
import { cgroupPath, planCgroups } from './cgroup-steps.ts';
import { directoriesOf } from './container-cgroup.ts';

const names = ['cpu', 'cpuset', 'memory', 'pids', 'devices'];
const v1: CgroupFacts = {
  v1: names.map((name) => ({ controllers: [name], mountpoint: `/cg/${name}` })),
  v2: null,
};
const v2: CgroupFacts = {
  v1: [],
  v2: { mountpoint: '/cg', controllers: ['cpu', 'cpuset', 'memory', 'pids'] },
};

/** Values written, by file below the container's cgroup; device rules apart. */
function written(facts: CgroupFacts, resources: Resources): Record<string, string> {
  const writes = planCgroups('/c', resources, facts).steps.flatMap((step) =>
    step.op === 'cgroupWrite' && !/devices\./.test(step.file) ? [[step.file, step.value] as const] : [],
  );
  return Object.fromEntries(writes);
}

describe('cgroupPath', () => {
  test.each([
    [undefined, '/id'],
    ['', '/id'],
    ['/a/b', '/a/b'],
    ['a/b', '/a/b'],
    ['//a/./b/', '/a/b'],
  ])('%j is %s', (configured, path) => {
    expect(cgroupPath('id', configured)).toBe(path);
  });
});

describe('planCgroups', () => {
  const resources: Resources = {
    memory: { limit: 2_000_000, swap: 3_000_000, reservation: 1_000_000 },
    cpu: { shares: 512, quota: 20_000, period: 50_000, cpus: '0', mems: '0' },
    pids: { limit: 10 },
  };

  test('writes limits on v1', () => {
    expect(written(v1, resources)).toEqual({
      '/cg/memory/c/memory.limit_in_bytes': '2000000',
      '/cg/memory/c/memory.memsw.limit_in_bytes': '3000000',
      '/cg/memory/c/memory.soft_limit_in_bytes': '1000000',
      '/cg/cpu/c/cpu.shares': '512',
      '/cg/cpu/c/cpu.cfs_period_us': '50000',
      '/cg/cpu/c/cpu.cfs_quota_us': '20000',
      '/cg/cpuset/c/cpuset.cpus': '0',
      '/cg/cpuset/c/cpuset.mems': '0',
      '/cg/pids/c/pids.max': '10',
    });
  });

  // @shows /linux/resources/memory/kernel
  // @shows /linux/resources/blockIO/leafWeight
  // @shows /linux/resources/blockIO/weightDevice/*/leafWeight
  test('writes limits of v1 alone', () => {
    const hierarchies = { v1: [...v1.v1, { controllers: ['blkio'], mountpoint: '/cg/blkio' }], v2: null };
    expect(
      written(hierarchies, {
        memory: { kernel: 4096, kernelTCP: 8192, swappiness: 0, disableOOMKiller: true, useHierarchy: true },
        cpu: { realtimeRuntime: 1000, realtimePeriod: 900_000 },
        blockIO: { leafWeight: 100, weightDevice: [{ major: 7, minor: 0, leafWeight: 200 }] },
      }),
    ).toEqual({
      '/cg/memory/c/memory.use_hierarchy': '1',
      '/cg/memory/c/memory.kmem.limit_in_bytes': '4096',
      '/cg/memory/c/memory.kmem.tcp.limit_in_bytes': '8192',
      '/cg/memory/c/memory.swappiness': '0',
      '/cg/memory/c/memory.oom_control': '1',
      '/cg/cpu/c/cpu.rt_period_us': '900000',
      '/cg/cpu/c/cpu.rt_runtime_us': '1000',
      '/cg/blkio/c/blkio.leaf_weight': '100',
      '/cg/blkio/c/blkio.leaf_weight_device': '7:0 200',
    });
  });

  test('converts limits to v2', () => {
    expect(written(v2, resources)).toEqual({
      '/cg/c/memory.swap.max': '1000000',
      '/cg/c/memory.max': '2000000',
      '/cg/c/memory.low': '1000000',
      '/cg/c/cpu.weight': '59',
      '/cg/c/cpu.max': '20000 50000',
      '/cg/c/cpuset.cpus': '0',
      '/cg/c/cpuset.mems': '0',
      '/cg/c/pids.max': '10',
    });
  });

  test.each([
    [2, '1'],
    [1024, '100'],
    [262144, '10000'],
    [1, '1'],
  ])('%i shares are a weight of %s', (shares, weight) => {
    expect(written(v2, { cpu: { shares } })).toEqual({ '/cg/c/cpu.weight': weight });
  });

  test('no limit is max', () => {
    expect(written(v2, { memory: { limit: -1, swap: -1 }, pids: { limit: -1 }, cpu: { quota: -1 } })).toEqual(
      {
        '/cg/c/memory.swap.max': 'max',
        '/cg/c/memory.max': 'max',
        '/cg/c/cpu.max': 'max 100000',
        '/cg/c/pids.max': 'max',
      },
    );
  });

  test('swap beside memory without a limit', () => {
    expect(written(v2, { memory: { limit: -1, swap: 4096 } })).toEqual({
      '/cg/c/memory.swap.max': '4096',
      '/cg/c/memory.max': 'max',
    });
  });

  // @shows /linux/resources/rdma
  // @shows /linux/resources/rdma/*/{hcaHandles,hcaObjects}
  test('RDMA resources, on v1 as on v2', () => {
    const resources = { rdma: { mlx5_0: { hcaHandles: 3, hcaObjects: 10000 }, mlx5_1: { hcaObjects: 1 } } };
    const hierarchy: CgroupFacts = { v1: [{ controllers: ['rdma'], mountpoint: '/cg/rdma' }], v2: null };
    const tree: CgroupFacts = { v1: [], v2: { mountpoint: '/cg', controllers: ['rdma'] } };
    const values = ['mlx5_0 hca_handle=3 hca_object=10000', 'mlx5_1 hca_object=1'];
    for (const facts of [hierarchy, tree])
      expect(
        planCgroups('/c', resources, facts).steps.flatMap((step) =>
          step.op === 'cgroupWrite' && step.file.endsWith('/rdma.max') ? [step.value] : [],
        ),
      ).toEqual(values);
  });

  test('on a hybrid host the v2 tree keeps the limits of its own controllers', () => {
    const hybrid: CgroupFacts = { ...v1, v2: { mountpoint: '/cg/unified', controllers: ['hugetlb'] } };
    const { steps } = planCgroups(
      '/c',
      { ...resources, hugepageLimits: [{ pageSize: '2MB', limit: 4 }] },
      hybrid,
    );
    const inTree = steps.filter((step) =>
      (step.op === 'cgroupWrite' ? step.file : step.path).startsWith('/cg/unified'),
    );
    expect(inTree).toMatchObject([
      { op: 'cgroupHandDown', path: '/cg/unified', controllers: ['hugetlb'] },
      { op: 'cgroupMake', path: '/cg/unified/c' },
      { op: 'cgroupWrite', file: '/cg/unified/c/hugetlb.2MB.max', value: '4' },
      { op: 'cgroupWrite', file: '/cg/unified/c/hugetlb.2MB.rsvd.max', value: '4', optional: true },
    ]);
    expect(written(hybrid, resources)).toEqual(written(v1, resources));
  });

  test('keeps 64 bits', () => {
    const limit = 9223372036854771712n;
    expect(written(v1, { memory: { limit } })).toEqual({
      '/cg/memory/c/memory.limit_in_bytes': '9223372036854771712',
    });
  });

  test('makes every directory of a path, topmost first, and hands controllers down on v2', () => {
    const { steps, cgroups, cloneInto, joins } = planCgroups('/a/b', {}, v2);
    expect(steps.map((step) => [step.op, step.op === 'cgroupWrite' ? step.file : step.path])).toEqual([
      ['cgroupHandDown', '/cg'],
      ['cgroupMake', '/cg/a'],
      ['cgroupHandDown', '/cg/a'],
      ['cgroupMake', '/cg/a/b'],
    ]);
    expect({ directories: directoriesOf(cgroups), cloneInto, joins }).toEqual({
      directories: ['/cg/a/b'],
      cloneInto: '/cg/a/b',
      joins: [],
    });
  });

  test('on v1 the container process joins every hierarchy', () => {
    expect(planCgroups('/c', {}, v1).joins.map((step) => 'tasks' in step && step.tasks)).toEqual(
      names.map((name) => `/cg/${name}/c/tasks`),
    );
  });

  test('denies every device on v1, then allows in order, then the default ones', () => {
    const devices = [{ allow: true, type: 'c', major: 10, minor: 229, access: 'rw' } as const];
    const rules = planCgroups('/c', { devices }, v1).steps.flatMap((step) =>
      step.op === 'cgroupWrite' && step.file.includes('devices.')
        ? [`${step.file.slice(22)} ${step.value}`]
        : [],
    );
    expect(rules.slice(0, 4)).toEqual(['deny a', 'allow c 10:229 rw', 'allow c *:* m', 'allow b *:* m']);
  });
});
