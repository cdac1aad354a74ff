// ps, pause, resume, update, events, and what kill and delete do with more than one process or a paused one.

import { spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { hostFacts } from '../src/host/facts.ts';
import { startTimeOf } from '../src/host/process.ts';
import { type Result, runtimeName, runtimePath } from './support/runtime.ts';
import { type AnyConfig, cgroupDirectory, Sandbox } from './support/sandbox.ts';
import { until } from './support/until.ts';
import { expectRefusal, quiet } from './support/words.ts';

const sandbox = Sandbox.forFile();
const own = runtimeName === 'slipway';
const v1 = hostFacts().cgroup.v1.length > 0;
let started: string[] = [];
/** A container that runs for all tests that leave it as it is. */
const shared = sandbox.id();

async function running(
  script = 'sleep 1000 & exec sleep 1001',
  change?: (config: AnyConfig) => void,
): Promise<string> {
  const id = sandbox.id();
  started.push(id);
  const bundle = sandbox.script(script, change);
  expect(await sandbox.run(['run', '-d', '-b', bundle, id])).toMatchObject({ status: 0, stderr: quiet });
  return id;
}

async function done(...args: string[]): Promise<Result> {
  const result = await sandbox.run(args);
  expect(result).toMatchObject({ status: 0, stderr: quiet });
  return result;
}

async function pids(id: string): Promise<number[]> {
  return JSON.parse((await done('ps', '--format', 'json', id)).stdout) ?? [];
}

/** The text of a file of a container's cgroup. */
async function limit(id: string, controller: string, file: string): Promise<string> {
  return readFileSync(`${cgroupDirectory(controller, await sandbox.cgroupsPath(id))}/${file}`, 'utf8').trim();
}

beforeAll(async () => {
  const bundle = sandbox.script('sleep 1000 & exec sleep 1001');
  await sandbox.run(['run', '-d', '-b', bundle, shared]);
});

afterEach(async () => {
  for (const id of started) await sandbox.run(['delete', '--force', id]);
  started = [];
});

afterAll(async () => {
  await sandbox.run(['delete', '--force', shared]);
});

describe('ps', () => {
  test('json: the pids on the host', async () => {
    const { pid } = await sandbox.state(shared);
    await until(async () => (await pids(shared)).length === 2);
    const found = await pids(shared);
    expect(found[0]).toBe(pid);
    for (const one of found) expect(readFileSync(`/proc/${one}/cmdline`, 'utf8')).toMatch(/^sleep/);
  });

  test('table: the lines of ps that are about them', async () => {
    const { stdout } = await done('ps', shared);
    const lines = stdout.trim().split('\n');
    expect(lines[0]).toMatch(/^UID +PID +PPID/);
    expect(lines.slice(1).map((line) => line.split(/\s+/)[1])).toEqual((await pids(shared)).map(String));
  });

  test('takes arguments of ps', async () => {
    const { stdout } = await done('ps', shared, '-o', 'comm,pid');
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.trim().split(/\s+/)[0]),
    ).toEqual(['COMMAND', 'sleep', 'sleep']);
    expectRefusal(await sandbox.run(['ps', shared, '-o', 'comm']), "couldn't find PID field in ps output");
    expectRefusal(await sandbox.run(['ps', shared, '--nosuch']), /ps: .*(unknown|unrecognized|error)/);
  });

  test('of a stopped container is empty, of an unknown one an error', async () => {
    const id = await running('true');
    await until(async () => (await sandbox.state(id)).status === 'stopped');
    expect((await done('ps', '-f', 'json', id)).stdout).toBe('null\n');
    expect((await done('ps', id)).stdout.trim().split('\n')).toHaveLength(1);
    expectRefusal(await sandbox.run(['ps', 'nobody']), 'container does not exist');
  });
});

describe('pause and resume', () => {
  test('stop every process, and let them go on', async () => {
    const id = await running('i=0; while :; do i=$((i+1)); echo $i > /count; sleep 0.01; done', (config) => {
      config.root.readonly = false;
    });
    const { rootfs } = await sandbox.state(id);
    const count = () => Number(readFileSync(`${rootfs}/count`, 'utf8'));
    await done('pause', id);
    expect((await sandbox.state(id)).status).toBe('paused');
    const before = count();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(count()).toBe(before);
    expectRefusal(await sandbox.run(['pause', id]), 'container not running');
    await done('resume', id);
    expect((await sandbox.state(id)).status).toBe('running');
    await until(() => count() > before);
    expectRefusal(await sandbox.run(['resume', id]), 'container not paused');
  });

  test('refuse a container that has stopped', async () => {
    const id = await running('true');
    await until(async () => (await sandbox.state(id)).status === 'stopped');
    expectRefusal(await sandbox.run(['pause', id]), 'container not running');
    expectRefusal(await sandbox.run(['resume', id]), 'container not paused');
    expectRefusal(await sandbox.run(['pause', 'nobody']), 'container does not exist');
  });

  test('a created container can be paused', async () => {
    const id = sandbox.id();
    started.push(id);
    await done('create', '-b', sandbox.script('true'), id);
    await done('pause', id);
    expect((await sandbox.state(id)).status).toBe('paused');
    await done('resume', id);
    expect((await sandbox.state(id)).status).toBe('created');
  });

  test('a paused container can be killed and deleted', async () => {
    const id = await running();
    await done('pause', id);
    await done('kill', id, 'KILL');
    await until(async () => (await sandbox.state(id)).status === 'stopped');
    await done('delete', id);
    const other = await running();
    await done('pause', other);
    await done('delete', '--force', other);
  });
});

describe('kill --all', () => {
  test('reaches every process', async () => {
    const id = await running('sleep 1000 & sleep 1001 & exec sleep 1002', (config) => {
      config.linux.namespaces = config.linux.namespaces.filter(({ type }: AnyConfig) => type !== 'pid');
    });
    await until(async () => (await pids(id)).length === 3);
    const before = await pids(id);
    await done('kill', '--all', id, 'KILL');
    await until(() => before.every((pid) => startTimeOf(pid) === null));
    // As engines need it, a container that has stopped is no error.
    await done('kill', '-a', id, '9');
  });
});

describe('update', () => {
  const options = [
    ['--pids-limit', '50', 'pids', 'pids.max', '50', '50'],
    ['--cpu-share', '512', 'cpu', v1 ? 'cpu.shares' : 'cpu.weight', '512', '59'],
    ['--cpu-period', '50000', 'cpu', v1 ? 'cpu.cfs_period_us' : 'cpu.max', '50000', 'max 50000'],
    ['--cpu-quota', '40000', 'cpu', v1 ? 'cpu.cfs_quota_us' : 'cpu.max', '40000', '40000 100000'],
    ['--cpuset-cpus', '0', 'cpuset', 'cpuset.cpus', '0', '0'],
    ['--cpu-idle', '1', 'cpu', 'cpu.idle', '1', '1'],
    ['--memory', '64M', 'memory', v1 ? 'memory.limit_in_bytes' : 'memory.max', '67108864', '67108864'],
    [
      '--memory-reservation',
      '32m',
      'memory',
      v1 ? 'memory.soft_limit_in_bytes' : 'memory.low',
      '33554432',
      '33554432',
    ],
    [
      '--blkio-weight',
      '300',
      v1 ? 'blkio' : 'io',
      v1 ? 'blkio.bfq.weight' : 'io.weight',
      '300',
      'default 2930',
    ],
  ] as const;

  test.each(options)('%s %s', async (option, value, controller, file, onV1, onV2) => {
    const id = await running();
    expect(await limit(id, controller, file)).not.toBe(v1 ? onV1 : onV2);
    await done('update', option, value, id);
    expect(await limit(id, controller, file)).toBe(v1 ? onV1 : onV2);
  });

  describe.runIf(own)('at the same time', () => {
    /** What the saved config.json says of each option. */
    const saved = (id: string) => {
      const { resources } = JSON.parse(readFileSync(`${sandbox.root}/${id}/config.json`, 'utf8')).linux;
      return [resources.pids?.limit, resources.cpu?.shares, resources.cpu?.quota, resources.memory?.limit];
    };
    const changes = (id: string, values: readonly number[]) =>
      ['--pids-limit', '--cpu-share', '--cpu-quota', '--memory'].map((option, index) =>
        done('update', option, String(values[index]), id),
      );

    test('what each command changes is saved', async () => {
      const id = await running();
      for (let round = 1; round <= 5; round += 1) {
        const values = [50 + round, 512 + round, 40_000 + round, (64 + round) << 20];
        await Promise.all(changes(id, values));
        expect(saved(id)).toEqual(values);
      }
    });

    test('a command that was killed holds nobody up', async () => {
      const id = await running();
      symlinkSync('1:0', `${sandbox.root}/${id}/lock.7`);
      const values = [50, 512, 40_000, 64 << 20];
      await Promise.all(changes(id, values));
      expect(saved(id)).toEqual(values);
      const locks = readdirSync(`${sandbox.root}/${id}`).filter((name) => name.startsWith('lock.'));
      expect(locks).toEqual(['lock.11.free']);
    });
  });

  test('--cpuset-mems', async () => {
    const id = await running();
    await done('update', '--cpuset-mems', '0', id);
    expect(await limit(id, 'cpuset', 'cpuset.mems')).toBe('0');
    expectRefusal(
      await sandbox.run(['update', '--cpuset-mems', '77', id]),
      '/linux/resources/cpu/mems: write "77"',
    );
  });

  test('--cpu-burst', async () => {
    const id = await running();
    await done('update', '--cpu-quota', '50000', '--cpu-burst', '10000', id);
    expect(await limit(id, 'cpu', v1 ? 'cpu.cfs_burst_us' : 'cpu.max.burst')).toBe('10000');
  });

  test('memory and swap, up and down, together and alone', async () => {
    const id = await running();
    const both = async () =>
      v1
        ? [
            await limit(id, 'memory', 'memory.limit_in_bytes'),
            await limit(id, 'memory', 'memory.memsw.limit_in_bytes'),
          ]
        : [
            await limit(id, 'memory', 'memory.max'),
            String(
              Number(await limit(id, 'memory', 'memory.swap.max')) +
                Number(await limit(id, 'memory', 'memory.max')),
            ),
          ];
    const mebibytes = (...numbers: number[]) => numbers.map((number) => String(number * 2 ** 20));
    await done('update', '--memory', '100M', '--memory-swap', '200M', id);
    expect(await both()).toEqual(mebibytes(100, 200));
    await done('update', '--memory', '300M', '--memory-swap', '400M', id);
    expect(await both()).toEqual(mebibytes(300, 400));
    await done('update', '--memory', '50M', '--memory-swap', '60M', id);
    expect(await both()).toEqual(mebibytes(50, 60));
    await done('update', '--memory', '55M', id);
    expect(await both()).toEqual(mebibytes(55, 60));
    await done('update', '--memory-swap', '70M', id);
    expect(await both()).toEqual(mebibytes(55, 70));
    await done('update', '--memory', '-1', '--memory-swap', '-1', id);
    expect(Number((await both())[0]?.replace('max', '9223372036854771712'))).toBeGreaterThan(2 ** 60);
  });

  test('swap, where memory has no limit: v2 counts it alone', async () => {
    const id = await running();
    const result = await sandbox.run(['update', '--memory', '-1', '--memory-swap', '70M', id]);
    if (v1) {
      expectRefusal(result, '/linux/resources/memory/swap: counts memory and swap together');
    } else {
      expect(result).toMatchObject({ status: 0 });
      expect(await limit(id, 'memory', 'memory.max')).toBe('max');
      expect(await limit(id, 'memory', 'memory.swap.max')).toBe(String(70 * 2 ** 20));
    }
  });

  test('a period keeps the quota', async () => {
    const id = await running();
    await done('update', '--cpu-quota', '40000', '--cpu-period', '80000', id);
    await done('update', '--cpu-period', '50000', id);
    expect(
      v1
        ? [await limit(id, 'cpu', 'cpu.cfs_quota_us'), await limit(id, 'cpu', 'cpu.cfs_period_us')].join(' ')
        : await limit(id, 'cpu', 'cpu.max'),
    ).toBe('40000 50000');
  });

  const resources = { memory: { limit: 2 ** 26 }, pids: { limit: 44 }, cpu: { shares: 0 } };

  test('--resources FILE, and then no other option', async () => {
    const id = await running();
    const file = `${sandbox.folder}/resources.json`;
    writeFileSync(file, JSON.stringify(resources));
    const before = await limit(id, 'cpu', v1 ? 'cpu.shares' : 'cpu.weight');
    await done('update', `--resources=${file}`, '--pids-limit', '7', id);
    expect(await limit(id, 'pids', 'pids.max')).toBe('44');
    expect(await limit(id, 'memory', v1 ? 'memory.limit_in_bytes' : 'memory.max')).toBe('67108864');
    expect(await limit(id, 'cpu', v1 ? 'cpu.shares' : 'cpu.weight')).toBe(before);
  });

  test('--resources - is stdin', async () => {
    const id = await running();
    const stdin = `${sandbox.folder}/stdin.json`;
    writeFileSync(stdin, JSON.stringify(resources));
    expect(await sandbox.run(['update', '--resources', '-', id], { stdin })).toMatchObject({ status: 0 });
    expect(await limit(id, 'pids', 'pids.max')).toBe('44');
  });

  // What Go clients write for what they do not change: Docker's update zeros, others the rest.
  const nothing = {
    memory: { limit: 0, reservation: 0, swap: 0, kernel: 0, kernelTCP: 0, swappiness: null },
    cpu: { shares: 0, quota: 0, period: 0, realtimeRuntime: 0, realtimePeriod: 0, cpus: '', mems: '' },
    blockIO: { weight: 0, leafWeight: 0, weightDevice: [], throttleReadBpsDevice: null },
    pids: {},
    devices: [],
    hugepageLimits: [],
    network: { priorities: [] },
    rdma: {},
  };
  const lists = { devices: null, hugepageLimits: null, rdma: null, unified: null };

  async function updates(id: string, resources: object): Promise<void> {
    const stdin = `${sandbox.folder}/given.json`;
    writeFileSync(stdin, JSON.stringify(resources));
    expect(await sandbox.run(['update', '--resources', '-', id], { stdin })).toMatchObject({ status: 0 });
  }

  test('numbers of 0, empty texts and lists, and null leave a limit as it is', async () => {
    const id = await running();
    const set = options.filter(([option]) => option !== '--cpu-idle' && option !== '--cpu-period');
    for (const [option, value] of set) await done('update', option, value, id);
    const all = () => Promise.all(set.map(([, , controller, file]) => limit(id, controller, file)));
    const before = await all();
    await updates(id, nothing);
    expect(await all()).toEqual(before);
    await updates(id, lists);
    // runc 1.1 refuses the object on v1, and ends with a fault of Go's for the others.
    if (own) await updates(id, { unified: {}, memory: null, cpu: null, pids: null, blockIO: null });
    expect(await all()).toEqual(before);
    await updates(id, { ...nothing, cpu: { ...nothing.cpu, shares: 700 } });
    expect(await limit(id, 'cpu', v1 ? 'cpu.shares' : 'cpu.weight')).toBe(v1 ? '700' : '75');
    expect((await all()).filter((value, index) => value !== before[index])).toHaveLength(1);
  });

  test("Docker's document for other shares, on a container with a limit of memory", async () => {
    const id = await running('sleep 1000', (config) => {
      config.linux.resources.memory = { limit: 2 ** 26, swap: 2 ** 27 };
    });
    await updates(id, { memory: { limit: 0, reservation: 0, kernel: 0 }, cpu: { shares: 512 } });
    await updates(id, { memory: { limit: 0, swap: 2 ** 28 } });
    expect(await limit(id, 'memory', v1 ? 'memory.limit_in_bytes' : 'memory.max')).toBe(String(2 ** 26));
    const swap = await limit(id, 'memory', v1 ? 'memory.memsw.limit_in_bytes' : 'memory.swap.max');
    expect(swap).toBe(String(v1 ? 2 ** 28 : 2 ** 28 - 2 ** 26));
  });

  test.runIf(own)('device rules may be repeated, and other ones are refused', async () => {
    const id = await running();
    const { bundle } = await sandbox.state(id);
    const { devices } = JSON.parse(readFileSync(`${bundle}/config.json`, 'utf8')).linux.resources;
    await updates(id, { devices, pids: { limit: 33 } });
    expect(await limit(id, 'pids', 'pids.max')).toBe('33');
    const stdin = `${sandbox.folder}/given.json`;
    writeFileSync(stdin, JSON.stringify({ pids: { limit: 34 }, devices: [{ allow: true, access: 'rwm' }] }));
    expectRefusal(
      await sandbox.run(['update', '--resources', '-', id], { stdin }),
      '/linux/resources/devices: the device rules of a container cannot be changed',
    );
    expect(await limit(id, 'pids', 'pids.max')).toBe('33');
  });

  test.runIf(own)('without a limit it is a mistake', async () => {
    expectRefusal(await sandbox.run(['update', shared]), 'update: give a limit to change');
  });

  test('takes back what it wrote when a value fails', async () => {
    const id = await running();
    await done('update', '--pids-limit', '50', '--cpu-share', '300', id);
    const shares = await limit(id, 'cpu', v1 ? 'cpu.shares' : 'cpu.weight');
    const result = await sandbox.run([
      'update',
      '--cpu-share',
      '700',
      '--pids-limit',
      '60',
      '--cpuset-cpus',
      '77',
      id,
    ]);
    expectRefusal(
      result,
      /\/linux\/resources\/cpu\/cpus: write "77" to .*(invalid argument|numerical result)/,
    );
    expect(await limit(id, 'cpu', v1 ? 'cpu.shares' : 'cpu.weight')).toBe(shares);
    expect(await limit(id, 'pids', 'pids.max')).toBe('50');
    // Nor is it remembered.
    await done('update', '--pids-limit', '51', id);
    expect(await limit(id, 'cpu', v1 ? 'cpu.shares' : 'cpu.weight')).toBe(shares);
  });

  test.each([
    [['--memory', 'much'], '--memory: expected a number of bytes, such as 32M, found "much"'],
    [['--cpu-quota', '1.5'], '--cpu-quota: expected a number, found "1.5"'],
    [['--resources', '/nosuch'], '--resources: open /nosuch: no such file or directory'],
    [['--cpu-idle', '2'], '/linux/resources/cpu/idle'],
    [['--l3-cache-schema', 'L3:0=f'], '/linux/intelRdt: Intel RDT is not there'],
    [['--mem-bw-schema', 'MB:0=20'], '/linux/intelRdt: Intel RDT is not there'],
  ])('refuses %j', async (args, words) => {
    expectRefusal(await sandbox.run(['update', ...args, shared]), words);
  });

  test('refuses a container that has stopped', async () => {
    const id = await running('true');
    await until(async () => (await sandbox.state(id)).status === 'stopped');
    expectRefusal(await sandbox.run(['update', '--pids-limit', '5', id]), 'container not running');
  });

  test('takes options that have no effect', async () => {
    await done('update', '--kernel-memory', '10M', '--kernel-memory-tcp', '10M', shared);
  });
});

describe('events', () => {
  /** Starts a stream into a file. */
  function stream(...args: string[]) {
    const path = `${sandbox.folder}/events-${args.at(-1)}`;
    const fd = openSync(path, 'w');
    const child = spawn(runtimePath, ['--root', sandbox.root, 'events', ...args], {
      stdio: ['ignore', fd, fd],
      timeout: 20_000,
    });
    closeSync(fd);
    const ended = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)));
    const lines = () =>
      readFileSync(path, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line));
    return { child, ended, lines };
  }

  test('--stats has the members that go-runc reads, with what the kernel counts', async () => {
    await done('exec', shared, 'sh', '-c', 'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done');
    const { stdout } = await done('events', '--stats', shared);
    const { type, id, data } = JSON.parse(stdout);
    expect({ type, id }).toEqual({ type: 'stats', id: shared });
    expect(Object.keys(data)).toEqual([
      'cpu',
      'cpuset',
      'memory',
      'pids',
      'blkio',
      'hugetlb',
      'intel_rdt',
      'network_interfaces',
    ]);
    const usage = await limit(shared, v1 ? 'cpuacct' : 'cpu', v1 ? 'cpuacct.usage' : 'cpu.stat');
    const nanoseconds = v1 ? Number(usage) : Number(/usage_usec (\d+)/.exec(usage)?.[1]) * 1000;
    expect(data.cpu.usage.total).toBeGreaterThan(1_000_000);
    expect(data.cpu.usage.total).toBeLessThanOrEqual(nanoseconds);
    expect(data.pids).toEqual({ current: 2 });
    expect(data.memory.usage.usage).toBeGreaterThan(10_000);
    expect(data.memory.raw.pgfault).toBeGreaterThan(0);
    expect(Object.keys(data.memory)).toEqual(
      expect.arrayContaining(['usage', 'swap', 'kernel', 'kernelTCP', 'raw']),
    );
    if (v1) expect(data.cpuset.cpus.length).toBeGreaterThan(0);
  });

  test('is a stream until the container stops', async () => {
    const id = await running();
    const { ended, lines } = stream('--interval', '100ms', id);
    await until(() => lines().length >= 3);
    for (const line of lines())
      expect(line).toMatchObject({ type: 'stats', id, data: { pids: { current: 2 } } });
    await done('delete', '--force', id);
    expect(await ended).toBe(0);
  });

  test('tells of a process that was killed for its memory', async () => {
    const script =
      'trap "" TERM; while :; do (x=a; while :; do x=$x$x$x$x; done) 2>/dev/null; sleep 0.1; done';
    const id = await running(script, (config) => {
      config.linux.resources.memory = { limit: 30 * 2 ** 20, swap: 30 * 2 ** 20 };
    });
    const { child, ended, lines } = stream('--interval', '1h', id);
    await until(() => lines().length > 0);
    expect(lines()[0]).toEqual({ type: 'oom', id });
    child.kill('SIGTERM');
    await ended;
  });

  test.runIf(own)('--interval of a number is of seconds', async () => {
    const { child, ended, lines } = stream('--interval', '1', shared);
    await until(() => lines().length > 1);
    child.kill('SIGTERM');
    await ended;
  });

  test('refuses a container that has stopped, and an interval that is none', async () => {
    const id = await running('true');
    await until(async () => (await sandbox.state(id)).status === 'stopped');
    expectRefusal(await sandbox.run(['events', '--stats', id]), `container with id ${id} is not running`);
    for (const interval of ['0s', '-1s', '0', 'often'])
      expectRefusal(
        await sandbox.run(['events', '--interval', interval, shared]),
        'expected a duration above 0',
      );
  });
});

describe.runIf(own)('what they read of an older or damaged state', () => {
  test('a config that is damaged', async () => {
    const id = await running();
    writeFileSync(`${sandbox.root}/${id}/config.json`, '[]');
    expectRefusal(await sandbox.run(['update', '--pids-limit', '5', id]), 'it is damaged');
  });
});
