// Limits beyond memory, CPUs and processes (config-linux.md#control-groups): block devices, huge pages, network, RDMA, files by
// name; and which limits a host cannot keep.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostFacts } from '../src/host/facts.ts';
import { mountHierarchy } from './support/hierarchy.ts';
import { type AnyConfig, cgroupDirectory, Sandbox } from './support/sandbox.ts';
import { until } from './support/until.ts';
import { expectRefusal, quiet } from './support/words.ts';

const sandbox = Sandbox.forFile();
const { v1, v2 } = hostFacts().cgroup;
/** The host has cgroup v2 alone. */
const unified = v1.length === 0;

function withResources(resources: AnyConfig, change = (_: AnyConfig) => {}): string {
  return sandbox.script('exec sleep 1000', (config) => {
    Object.assign(config.linux.resources, resources);
    change(config);
  });
}

/** Runs with a container that has these resources, and the path of one of its cgroup's files on the host. */
async function created(
  resources: AnyConfig,
  use: (id: string, read: (controller: string, file: string) => string) => Promise<void>,
): Promise<void> {
  const id = sandbox.id();
  const bundle = withResources(resources);
  expect(await sandbox.run(['run', '-d', '-b', bundle, id])).toMatchObject({ status: 0, stderr: quiet });
  const path = await sandbox.cgroupsPath(id);
  try {
    await use(id, (controller, file) =>
      readFileSync(`${cgroupDirectory(controller, path)}/${file}`, 'utf8').trim(),
    );
  } finally {
    await sandbox.run(['delete', '--force', id]);
  }
}

async function refuses(resources: AnyConfig, words: string | RegExp): Promise<void> {
  expectRefusal(await sandbox.run(['create', '-b', withResources(resources), sandbox.id()]), words);
}

async function update(id: string, resources: AnyConfig) {
  const file = `${sandbox.folder}/resources.json`;
  writeFileSync(file, JSON.stringify(resources));
  return sandbox.run(['update', '--resources', file, id]);
}

// @shows /linux/resources/blockIO
describe('block devices', () => {
  let loop = '';
  let numbers = { major: 0, minor: 0 };
  let key = '';

  beforeAll(() => {
    const image = `${sandbox.folder}/image`;
    writeFileSync(image, Buffer.alloc(1 << 20));
    loop = execFileSync('losetup', ['--find', '--show', image], { encoding: 'utf8' }).trim();
    writeFileSync(`/sys/block/${loop.slice('/dev/'.length)}/queue/scheduler`, 'bfq');
    const { rdev } = statSync(loop);
    numbers = { major: rdev >> 8, minor: rdev & 0xff };
    key = `${numbers.major}:${numbers.minor}`;
  });
  afterAll(() => {
    execFileSync('losetup', ['--detach', loop]);
  });

  const throttles = [
    ['throttleReadBpsDevice', 'blkio.throttle.read_bps_device', 'rbps'],
    ['throttleWriteBpsDevice', 'blkio.throttle.write_bps_device', 'wbps'],
    ['throttleReadIOPSDevice', 'blkio.throttle.read_iops_device', 'riops'],
    ['throttleWriteIOPSDevice', 'blkio.throttle.write_iops_device', 'wiops'],
  ] as const;

  // @shows /linux/resources/blockIO/{throttleReadBpsDevice,throttleWriteBpsDevice,throttleReadIOPSDevice,throttleWriteIOPSDevice}
  // @shows /linux/resources/blockIO/{throttleReadBpsDevice,throttleWriteBpsDevice,throttleReadIOPSDevice,throttleWriteIOPSDevice}/*/{major,minor,rate}
  test.each(throttles)('%s', async (property, file, name) => {
    await created({ blockIO: { [property]: [{ ...numbers, rate: 1048576 }] } }, async (_, read) => {
      if (unified) expect(read('io', 'io.max')).toMatch(new RegExp(`^${key} .*\\b${name}=1048576`));
      else expect(read('blkio', file)).toBe(`${key} 1048576`);
    });
  });

  // @shows /linux/resources/blockIO/{throttleReadBpsDevice,throttleWriteBpsDevice,throttleReadIOPSDevice,throttleWriteIOPSDevice}/*/{major,minor,rate}
  test('a rate that is changed, taken off, and taken back when another limit fails', async () => {
    const shown = unified ? 'io.max' : 'blkio.throttle.read_bps_device';
    const rate = (value: number) => ({ blockIO: { throttleReadBpsDevice: [{ ...numbers, rate: value }] } });
    const text = (value: number) =>
      unified ? `${key} rbps=${value} wbps=max riops=max wiops=max` : `${key} ${value}`;
    await created(rate(1048576), async (id, read) => {
      expect(await update(id, rate(2097152))).toMatchObject({ status: 0 });
      expect(read(unified ? 'io' : 'blkio', shown)).toBe(text(2097152));
      expectRefusal(await update(id, { ...rate(4194304), cpu: { mems: '77' } }), '/linux/resources/cpu/mems');
      expect(read(unified ? 'io' : 'blkio', shown)).toBe(text(2097152));
      expect(await update(id, rate(0))).toMatchObject({ status: 0 });
      expect(read(unified ? 'io' : 'blkio', shown)).toBe('');
    });
  });

  // @shows /linux/resources/blockIO/{throttleReadBpsDevice,throttleWriteBpsDevice,throttleReadIOPSDevice,throttleWriteIOPSDevice}
  test('the rate bites', async () => {
    const script =
      'read -r from rest < /proc/uptime; cat /loop > /dev/null; read -r to rest < /proc/uptime; echo $from $to';
    const bundle = sandbox.script(script, (config) => {
      config.linux.devices = [{ path: '/loop', type: 'b', ...numbers }];
      config.linux.resources.devices.push({ allow: true, type: 'b', ...numbers, access: 'r' });
      config.linux.resources.blockIO = { throttleReadBpsDevice: [{ ...numbers, rate: 1048576 }] };
    });
    const [from = 0, to = 0] = (await sandbox.output(bundle)).split(' ').map(Number);
    expect(to - from).toBeGreaterThan(0.5);
  });

  // @shows /linux/resources/blockIO/weight
  // @shows /linux/resources/blockIO/weightDevice
  // @shows /linux/resources/blockIO/weightDevice/*/{major,minor,weight}
  test('weight, and that of a device', async () => {
    const weights = { weight: 200, weightDevice: [{ ...numbers, weight: 300 }] };
    await created({ blockIO: weights }, async (_, read) => {
      if (unified) expect(read('io', 'io.bfq.weight').split('\n')).toEqual(['default 200', `${key} 300`]);
      else {
        expect(read('blkio', 'blkio.bfq.weight')).toBe('200');
        expect(read('blkio', 'blkio.bfq.weight_device').split('\n')).toContain(`${key} 300`);
      }
    });
  });

  // @refuses /linux/resources/blockIO/leafWeight
  // @refuses /linux/resources/blockIO/weightDevice/*/leafWeight
  test.each<[string, AnyConfig]>([
    // @refuses /linux/resources/blockIO/weight
    ['blockIO/weight: expected an integer from 10 to 1000, got 5', { weight: 5 }],
    // @refuses /linux/resources/blockIO/weightDevice
    ['blockIO/weightDevice/0: needs weight or leafWeight', { weightDevice: [{ major: 7, minor: 0 }] }],
    // @refuses /linux/resources/blockIO/weightDevice/*/{major,minor,weight}
    [
      'blockIO/weightDevice/0/weight: expected an integer from 10 to 1000, got 2000',
      { weightDevice: [{ major: 7, minor: 0, weight: 2000 }] },
    ],
    ['blockIO/throttleReadBpsDevice/0/rate: ', { throttleReadBpsDevice: [{ major: 7, minor: 0, rate: -1 }] }],
    // @refuses /linux/resources/blockIO/{throttleReadBpsDevice,throttleWriteBpsDevice,throttleReadIOPSDevice,throttleWriteIOPSDevice}
    // @refuses /linux/resources/blockIO/{throttleReadBpsDevice,throttleWriteBpsDevice,throttleReadIOPSDevice,throttleWriteIOPSDevice}/*/{major,minor,rate}
    [
      'blockIO/throttleReadBpsDevice/0: write "4095:1 ',
      { throttleReadBpsDevice: [{ major: 4095, minor: 1, rate: 1 }] },
    ],
    [
      unified ? 'blockIO/leafWeight: cgroup v2 has no such limit' : 'blockIO/leafWeight: write "100" to',
      { leafWeight: 100 },
    ],
    [
      unified
        ? 'blockIO/weightDevice/0/leafWeight: cgroup v2 has no such limit'
        : 'blockIO/weightDevice/0/leafWeight: write "7:0 100" to',
      { weightDevice: [{ major: 7, minor: 0, leafWeight: 100 }] },
    ],
  ])('refuses %s', async (words, blockIO) => {
    await refuses({ blockIO }, `/linux/resources/${words}`);
  });
});

describe('huge pages', () => {
  const size = unified ? 'max' : 'limit_in_bytes';
  const isThere = [...v1, ...(v2 === null ? [] : [v2])].some(({ controllers }) =>
    controllers.includes('hugetlb'),
  );
  let unmount = () => {};

  beforeAll(() => {
    if (!isThere) unmount = mountHierarchy('hugetlb');
  });
  afterAll(() => unmount());

  // @shows /linux/resources/hugepageLimits
  // @shows /linux/resources/hugepageLimits/*/{pageSize,limit}
  test('are limited, and so are reservations', async () => {
    await created({ hugepageLimits: [{ pageSize: '2MB', limit: 4194304 }] }, async (id, read) => {
      expect(read('hugetlb', `hugetlb.2MB.${size}`)).toBe('4194304');
      expect(read('hugetlb', `hugetlb.2MB.rsvd.${size}`)).toBe('4194304');
      expect(await update(id, { hugepageLimits: [{ pageSize: '2MB', limit: 2097152 }] })).toMatchObject({
        status: 0,
      });
      expect(read('hugetlb', `hugetlb.2MB.rsvd.${size}`)).toBe('2097152');
    });
  });

  test.each([
    ['0/pageSize: expected a size', { pageSize: '2mb', limit: 1 }],
    // @refuses /linux/resources/hugepageLimits/*/{pageSize,limit}
    ['0/pageSize: this kernel has no huge pages of 3MB, but of', { pageSize: '3MB', limit: 1 }],
    ['0/limit: ', { pageSize: '2MB', limit: -1 }],
  ])('refuses %s', async (words, limit) => {
    await refuses({ hugepageLimits: [limit] }, `/linux/resources/hugepageLimits/${words}`);
  });
});

describe('network', () => {
  const network = { classID: 1048577, priorities: [{ name: 'lo', priority: 5 }] };

  describe.runIf(!unified)('on v1', () => {
    let unmount = () => {};
    beforeAll(() => {
      unmount = mountHierarchy('net_cls,net_prio');
    });
    afterAll(() => unmount());

    // @shows /linux/resources/network
    // @shows /linux/resources/network/{classID,priorities}
    // @shows /linux/resources/network/priorities/*/{name,priority}
    test('class and priorities', async () => {
      await created({ network }, async (_, read) => {
        const path = (file: string) => read('net_cls', file);
        expect(path('net_cls.classid')).toBe('1048577');
        expect(path('net_prio.ifpriomap').split('\n')).toContain('lo 5');
      });
    });

    // @refuses /linux/resources/network/priorities/*/{name,priority}
    test('an interface that is not there is what the kernel says', async () => {
      await refuses(
        { network: { priorities: [{ name: 'nosuch', priority: 1 }] } },
        '/linux/resources/network/priorities/0: write "nosuch 1" to',
      );
    });
  });

  // @refuses /linux/resources/network
  // @refuses /linux/resources/network/{classID,priorities}
  test('without the controller it is refused', async () => {
    await refuses(
      { network },
      unified
        ? /network\/classID: cgroup v2 has no such limit.*network\/priorities: cgroup v2 has no such limit/
        : /network\/classID: the controller "net_cls" is not .*network\/priorities\/0: the controller "net_prio" is not/,
    );
  });
});

describe('RDMA', () => {
  test.each<[string, AnyConfig]>([
    // @refuses /linux/resources/rdma/*/{hcaHandles,hcaObjects}
    ['mlx5_0: needs hcaHandles or hcaObjects', {}],
    ['mlx5_0/hcaHandles: expected an integer', { hcaHandles: -1 }],
  ])('refuses %s', async (words, limits) => {
    await refuses({ rdma: { mlx5_0: limits } }, `/linux/resources/rdma/${words}`);
  });

  // @refuses /linux/resources/rdma
  test('a device or a controller that is not there', async () => {
    const has = v2?.controllers.includes('rdma') === true;
    await refuses(
      { rdma: { nosuch: { hcaHandles: 3 } } },
      has
        ? '/linux/resources/rdma/nosuch: write "nosuch hca_handle=3" to'
        : '/linux/resources/rdma/nosuch: the controller "rdma" is not available',
    );
  });
});

describe('memory', () => {
  // @shows /linux/resources/memory/{kernelTCP,swappiness,useHierarchy}
  test.runIf(!unified)('limits of v1 alone', async () => {
    const memory = { limit: 67108864, kernelTCP: 33554432, swappiness: 10, useHierarchy: true };
    await created({ memory }, async (_, read) => {
      expect(read('memory', 'memory.kmem.tcp.limit_in_bytes')).toBe('33554432');
      expect(read('memory', 'memory.swappiness')).toBe('10');
      expect(read('memory', 'memory.use_hierarchy')).toBe('1');
    });
  });

  if (!unified)
    // @refuses /linux/resources/memory/kernel
    test('a limit of the kernel alone is an error where the kernel has given that up', async () => {
      await refuses(
        { memory: { kernel: 33554432 } },
        '/linux/resources/memory/kernel: 33554432 is not possible here: the kernel keeps 9223372036854771712',
      );
    });

  // @shows /linux/resources/memory/checkBeforeUpdate
  test('checkBeforeUpdate: a limit below what is used is refused', async () => {
    const id = sandbox.id();
    const bundle = sandbox.script(
      'dd if=/dev/zero of=/dev/shm/full bs=1M count=40 2>/dev/null; echo > /ready; exec sleep 1000',
      (config) => {
        config.root.readonly = false;
        config.linux.resources.memory = { limit: 268435456 };
      },
    );
    await sandbox.run(['run', '-d', '-b', bundle, id]);
    await until(() => existsSync(`${bundle}/rootfs/ready`));
    const file = `${cgroupDirectory('memory', await sandbox.cgroupsPath(id))}/memory.${unified ? 'max' : 'limit_in_bytes'}`;
    expectRefusal(
      await update(id, { memory: { limit: 8388608, checkBeforeUpdate: true } }),
      unified ? 'memory/limit: 8388608 is not above the ' : 'memory/limit: write "8388608" to ',
    );
    expect(readFileSync(file, 'utf8').trim()).toBe('268435456');
    expect(await update(id, { memory: { limit: 209715200, checkBeforeUpdate: true } })).toMatchObject({
      stderr: '',
      status: 0,
    });
    expect((await sandbox.state(id)).status).toBe('running');
    await sandbox.run(['delete', '--force', id]);
  });

  test.each<[string, AnyConfig]>([
    ['limit: expected a number of bytes, or -1', { limit: -2 }],
    // @refuses /linux/resources/memory/{limit,reservation,swap}
    ['swap: counts memory and swap together, and needs a limit', { swap: 1048576 }],
    [
      'swap: counts memory and swap together, and must not be below limit',
      { limit: 67108864, swap: 1048576 },
    ],
    // @refuses /linux/resources/memory/{kernelTCP,swappiness,useHierarchy}
    ['swappiness: expected an integer from 0 to 100', { swappiness: 101 }],
    ['checkBeforeUpdate: expected true or false', { checkBeforeUpdate: 1 }],
  ])('refuses %s', async (words, memory) => {
    await refuses({ memory }, `/linux/resources/memory/${words}`);
  });
});

describe('pids', () => {
  // @shows /linux/resources/pids/limit
  test('a limit of 0: the program runs, and can make no other', async () => {
    const bundle = sandbox.script('exec 2>&1; echo ran; (true) && echo forked; sleep 1000', (config) => {
      config.linux.resources.pids = { limit: 0 };
    });
    const id = sandbox.id();
    expect(await sandbox.run(['create', '-b', bundle, id])).toMatchObject({ status: 0, stderr: quiet });
    const file = `${cgroupDirectory('pids', await sandbox.cgroupsPath(id))}/pids.max`;
    expect(readFileSync(file, 'utf8').trim()).toBe('0');
    await sandbox.run(['delete', '--force', id]);
    const result = await sandbox.run(['run', '-b', bundle, sandbox.id()]);
    expect(result.stdout).toMatch(/^ran\n.*can't fork/);
    expect(result.stdout).not.toContain('forked');
  });
});

if (!unified)
  // @refuses /linux/resources/cpu/{realtimeRuntime,realtimePeriod}
  describe('CPUs on v1', () => {
    // @shows /linux/resources/cpu/{realtimeRuntime,realtimePeriod}
    test('a share of realtime scheduling', async () => {
      const cpu = { realtimePeriod: 900000, realtimeRuntime: 1000 };
      await created({ cpu }, async (_, read) => {
        expect(read('cpu', 'cpu.rt_period_us')).toBe('900000');
        expect(read('cpu', 'cpu.rt_runtime_us')).toBe('1000');
      });
    });

    test.each<[string, AnyConfig]>([
      // @refuses /linux/resources/cpu/shares
      ['shares: 1 is not possible here: the kernel keeps 2', { shares: 1 }],
      ['shares: 300000 is not possible here: the kernel keeps 262144', { shares: 300000 }],
      ['realtimeRuntime: write "2000000" to', { realtimeRuntime: 2000000 }],
    ])('refuses %s', async (words, cpu) => {
      await refuses({ cpu }, `/linux/resources/cpu/${words}`);
    });

    test('shares that the kernel does not keep are taken back', async () => {
      await created({ cpu: { shares: 500 } }, async (id, read) => {
        expectRefusal(await update(id, { cpu: { shares: 300000 } }), '/linux/resources/cpu/shares: 300000');
        expect(read('cpu', 'cpu.shares')).toBe('500');
      });
    });
  });

// @refuses /linux/resources/cpu/burst
test('a burst above the quota is refused', async () => {
  await refuses(
    { cpu: { quota: 20000, burst: 30000 } },
    '/linux/resources/cpu/burst: 30000 is above the quota of 20000',
  );
});

function onV1(): void {
  // @refuses /linux/resources/unified
  test('unified is refused where there is v1', async () => {
    await refuses(
      { unified: { 'memory.high': '1' } },
      '/linux/resources/unified/memory.high: this host has cgroup v1',
    );
  });
}

function onV2(): void {
  // @shows /linux/resources/rdma
  // @shows /linux/resources/rdma/*/{hcaHandles,hcaObjects}
  test('RDMA resources', async () => {
    execFileSync('modprobe', ['rdma_rxe']);
    execFileSync('rdma', ['link', 'add', 'slipway0', 'type', 'rxe', 'netdev', 'lo']);
    try {
      const rdma = { slipway0: { hcaHandles: 3, hcaObjects: 10000 } };
      await created({ rdma }, async (id, read) => {
        expect(read('rdma', 'rdma.max')).toBe('slipway0 hca_handle=3 hca_object=10000');
        expect(await update(id, { rdma: { slipway0: { hcaObjects: 7 } } })).toMatchObject({ status: 0 });
        expect(read('rdma', 'rdma.max')).toBe('slipway0 hca_handle=3 hca_object=7');
      });
    } finally {
      execFileSync('rdma', ['link', 'delete', 'slipway0']);
    }
  });

  describe('unified', () => {
    // @shows /linux/resources
    // @shows /linux/resources/memory/{limit,reservation,swap}
    // @shows /linux/resources/cpu
    // @shows /linux/resources/cpu/shares
    // @shows /linux/resources/cpu/{quota,period}
    // @shows /linux/resources/cpu/mems
    // @shows /linux/resources/unified
    test('files by name, after everything else', async () => {
      const resources = {
        memory: { limit: 67108864 },
        unified: {
          'memory.high': '10M',
          'memory.max': '33554432',
          'cgroup.max.depth': '3',
          'cpu.max': '50000',
        },
      };
      await created(resources, async (id, read) => {
        expect(read('memory', 'memory.high')).toBe('10485760');
        expect(read('memory', 'memory.max')).toBe('33554432');
        expect(read('cpu', 'cpu.max')).toBe('50000 100000');
        expect(read('cpu', 'cgroup.max.depth')).toBe('3');
        expect(await update(id, { unified: { 'memory.high': '20M' } })).toMatchObject({ status: 0 });
        expect(read('memory', 'memory.high')).toBe('20971520');
      });
    });

    test.each<[string, AnyConfig]>([
      // @refuses /linux/resources/unified
      ['nosuch.max: the controller "nosuch" is not available', { 'nosuch.max': '1' }],
      ['memory.nosuch: write "1" to', { 'memory.nosuch': '1' }],
      ['..~1memory.max: expected the name of a file', { '../memory.max': '1' }],
      ['memory: expected the name of a file', { memory: '1' }],
      ['memory.max: expected a string', { 'memory.max': 1 }],
    ])('refuses %s', async (words, files) => {
      await refuses({ unified: files }, `/linux/resources/unified/${words}`);
    });
  });

  // @shows config-linux.md#cgroup-ownership: a cgroup v2 belongs to the user of the program
  describe('the owner of the cgroup', () => {
    const user = { uid: 1000, gid: 1000 };

    async function ownerWith(change: (config: AnyConfig) => void): Promise<number[]> {
      const id = sandbox.id();
      const bundle = withResources({}, (config) => {
        config.process.user = user;
        config.linux.namespaces.push({ type: 'cgroup' });
        config.mounts.find(({ destination }: AnyConfig) => destination === '/sys/fs/cgroup').options = [
          'rw',
          'nosuid',
          'noexec',
          'nodev',
        ];
        change(config);
      });
      expect(await sandbox.run(['create', '-b', bundle, id])).toMatchObject({ status: 0 });
      const directory = cgroupDirectory('memory', await sandbox.cgroupsPath(id));
      const owners = ['', '/cgroup.procs', '/cgroup.subtree_control', '/memory.max'].map(
        (file) => statSync(`${directory}${file}`).uid,
      );
      await sandbox.run(['delete', '--force', id]);
      return owners;
    }

    test('is the user of the program, of the files that can be delegated', async () => {
      expect(await ownerWith(() => {})).toEqual([1000, 1000, 1000, 0]);
    });

    test('is root when the cgroup is mounted read-only, or is the namespace of the host', async () => {
      const readOnly = (config: AnyConfig) => {
        config.mounts.find(({ destination }: AnyConfig) => destination === '/sys/fs/cgroup').options = ['ro'];
      };
      expect(await ownerWith(readOnly)).toEqual([0, 0, 0, 0]);
      const shared = (config: AnyConfig) => {
        config.linux.namespaces = config.linux.namespaces.filter(({ type }: AnyConfig) => type !== 'cgroup');
      };
      expect(await ownerWith(shared)).toEqual([0, 0, 0, 0]);
    });
  });
}

describe('files of cgroup v2', unified ? onV2 : onV1);
