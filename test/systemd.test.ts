// systemd as the manager of cgroups: a container is a scope with the limits of its config, and no unit is left behind. Where
// systemd is not pid 1, slipway says so.

import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { unifiedPathOf } from '../src/host/cgroup/membership.ts';
import { hostFacts } from '../src/host/facts.ts';
import { asUser, makeRootless } from './support/rootless.ts';
import { type Result, runProgram, runtimeName, runtimePath } from './support/runtime.ts';
import { type AnyConfig, Sandbox } from './support/sandbox.ts';
import { until } from './support/until.ts';
import { expectRefusal, quiet } from './support/words.ts';

const sandbox = Sandbox.forFile();
const own = runtimeName === 'slipway';
const { v1, v2 } = hostFacts().cgroup;
const systemd = existsSync('/run/systemd/system') && v1.length === 0;
let started: string[] = [];

function run(...args: string[]): Promise<Result> {
  return sandbox.run(['--systemd-cgroup', ...args]);
}

async function done(...args: string[]): Promise<Result> {
  const result = await run(...args);
  expect(result).toMatchObject({ status: 0, stderr: quiet });
  return result;
}

/** A bundle whose cgroup is a scope of its own: "SLICE:PREFIX:NAME", as engines write it. */
function scoped(script: string, change: (config: AnyConfig) => void = () => undefined): string {
  return sandbox.script(script, (config) => {
    config.linux.cgroupsPath = `:box:${sandbox.id()}`;
    change(config);
  });
}

async function running(change?: (config: AnyConfig) => void, script = 'exec sleep 1000'): Promise<string> {
  const id = sandbox.id();
  started.push(id);
  await done('run', '-d', '-b', scoped(script, change), id);
  return id;
}

/** The cgroup of a container on the host, as the kernel says. */
async function cgroupOf(id: string): Promise<string> {
  const { pid } = await sandbox.state(id);
  return unifiedPathOf(pid);
}

async function limits(id: string, ...files: string[]): Promise<string[]> {
  const directory = `${v2?.mountpoint}${await cgroupOf(id)}`;
  return files.map((file) => readFileSync(`${directory}/${file}`, 'utf8').trim());
}

function systemctl(...args: string[]): string {
  return spawnSync('systemctl', args, { encoding: 'utf8' }).stdout.trim();
}

/** Properties of the unit of a container. */
async function properties(id: string, ...names: string[]): Promise<Record<string, string>> {
  const unit = (await cgroupOf(id)).replace(/^.*\//, '');
  const lines = systemctl('show', `--property=${names.join(',')}`, unit).split('\n');
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)));
}

function units(): string {
  return systemctl('list-units', '--all', '--plain', '--no-legend', `*${sandbox.name}*`);
}

afterEach(async () => {
  for (const id of started) await run('delete', '--force', id);
  started = [];
  if (systemd) await until(() => units() === '');
});

/** Either of the two can be seen on one machine. */
if (systemd) describe('with systemd', { timeout: 60_000 }, withSystemd);
if (systemd && existsSync('/run/user/1000/bus'))
  describe('the manager of a user', { timeout: 60_000 }, ofUser);
if (!systemd) describe('without systemd', withoutSystemd);

function withSystemd(): void {
  // @shows /linux/cgroupsPath
  test('the cgroup is a scope, in the slice that the path names', async () => {
    const name = sandbox.id();
    const id = await running((config) => {
      config.linux.cgroupsPath = `box-inner.slice:engine:${name}`;
    });
    expect(await cgroupOf(id)).toBe(`/box.slice/box-inner.slice/engine-${name}.scope`);
    expect(await properties(id, 'Slice', 'Delegate', 'ActiveState', 'CollectMode')).toEqual({
      Slice: 'box-inner.slice',
      Delegate: 'yes',
      ActiveState: 'active',
      CollectMode: own ? 'inactive-or-failed' : expect.any(String),
    });
  });

  test.runIf(own)('without a path it is named after slipway and the container', async () => {
    const id = await running((config) => {
      delete config.linux.cgroupsPath;
    });
    expect(await cgroupOf(id)).toBe(`/system.slice/slipway-${id}.scope`);
    expect(await properties(id, 'Description')).toEqual({ Description: `slipway container ${id}` });
  });

  const resources = {
    memory: { limit: 64 << 20, reservation: 32 << 20, swap: 96 << 20 },
    // Not a whole hundredth of a second: systemd would round it.
    cpu: { shares: 2048, quota: 12_345, period: 50_000, cpus: '0', mems: '0' },
    pids: { limit: 77 },
  };
  const files = ['memory.max', 'memory.low', 'memory.swap.max', 'cpu.max', 'cpuset.cpus', 'pids.max'];
  const values = ['67108864', '33554432', '33554432', '12345 50000', '0', '77'];

  test('systemd knows the limits, and they are exact', async () => {
    const id = await running((config) => {
      config.linux.resources = resources;
    });
    expect(await limits(id, ...files)).toEqual(values);
    const names =
      'MemoryMax MemoryLow MemorySwapMax CPUQuotaPerSecUSec CPUQuotaPeriodUSec AllowedCPUs TasksMax';
    expect(await properties(id, ...names.split(' '))).toEqual({
      MemoryMax: '67108864',
      MemoryLow: '33554432',
      MemorySwapMax: '33554432',
      CPUQuotaPerSecUSec: '250ms',
      CPUQuotaPeriodUSec: '50ms',
      AllowedCPUs: '0',
      TasksMax: '77',
    });
    // Whatever makes systemd write limits does not lose one.
    const unit = (await cgroupOf(id)).replace(/^.*\//, '');
    systemctl('daemon-reload');
    systemctl('set-property', '--runtime', unit, 'MemoryHigh=60M');
    const kept = files.filter((file) => file !== 'cpu.max');
    expect(await limits(id, ...kept)).toEqual(values.filter((value) => value !== '12345 50000'));
    expect(await limits(id, 'memory.high')).toEqual([String(60 << 20)]);
  });

  test('devices are denied all the same', async () => {
    const id = await running((config) => {
      config.root.readonly = false;
      config.process.capabilities.bounding.push('CAP_MKNOD');
      config.linux.devices = [{ path: '/dev/kmsg', type: 'c', major: 1, minor: 11 }];
      config.linux.resources = { devices: [{ allow: false, access: 'rwm' }] };
    });
    const { stdout } = await run('exec', id, 'sh', '-c', 'head -c 1 /dev/kmsg 2>&1; true');
    expect(stdout).toContain('Operation not permitted');
  });

  test('only the processes of the container are in it', async () => {
    const id = sandbox.id();
    started.push(id);
    const bundle = scoped('while ! test -e /tmp/end; do sleep 0.05; done', (config) => {
      config.root.readonly = false;
    });
    const ended = run('run', '-b', bundle, id);
    await until(async () => (await sandbox.run(['state', id])).stdout.includes('"running"'));
    const { pid } = await sandbox.state(id);
    const text = readFileSync(`${v2?.mountpoint}${await cgroupOf(id)}/cgroup.procs`, 'utf8');
    const inside = text.trim().split('\n');
    expect(inside[0]).toBe(String(pid));
    for (const other of inside.slice(1))
      expect(readFileSync(`/proc/${other}/cmdline`, 'utf8')).toMatch(/^sleep/);
    expect((await run('exec', id, 'touch', '/tmp/end')).status).toBe(0);
    expect((await ended).status).toBe(0);
  });

  test('a limit of one process is enough for one', async () => {
    const bundle = scoped('echo alone', (config) => {
      config.linux.resources = { pids: { limit: 1 } };
    });
    expect((await done('run', '-b', bundle, sandbox.id())).stdout).toBe('alone\n');
  });

  test('its name is free at once', async () => {
    const id = sandbox.id();
    const bundle = scoped('exit 3');
    for (let round = 0; round < 8; round++)
      expect(await run('run', '-b', bundle, id)).toMatchObject({ status: 3, stderr: quiet });
  });

  test('its name is free after an end for want of memory', async () => {
    const id = sandbox.id();
    const bundle = scoped('head -c 100000000 /dev/zero | tail -c 90000000 | wc -c', (config) => {
      config.linux.resources = { memory: { limit: 20 << 20, swap: 20 << 20 } };
    });
    for (let round = 0; round < 2; round++) {
      const { stdout } = await run('run', '-b', bundle, id);
      expect(stdout).not.toContain('90000000');
    }
  });

  test('delete ends it, with what is in it', async () => {
    const id = await running();
    await done('exec', '-d', id, 'sleep', '1001');
    const path = await cgroupOf(id);
    await sandbox.run(['delete', '--force', id]);
    expect(existsSync(`${v2?.mountpoint}${path}`)).toBe(false);
  });

  test('exec, ps, pause and resume work in it', async () => {
    const id = await running();
    await done('exec', '-d', id, 'sleep', '1001');
    await until(async () => JSON.parse((await run('ps', '-f', 'json', id)).stdout).length === 2);
    await done('pause', id);
    expect((await sandbox.state(id)).status).toBe('paused');
    await done('resume', id);
    expect((await sandbox.state(id)).status).toBe('running');
  });

  test('update tells systemd', async () => {
    const id = await running((config) => {
      config.linux.resources = resources;
    });
    await done('update', '--memory', '128M', '--memory-swap', '256M', '--pids-limit', '9', id);
    expect(await limits(id, ...files)).toEqual([
      '134217728',
      '33554432',
      '134217728',
      '12345 50000',
      '0',
      '9',
    ]);
    expect(await properties(id, 'MemoryMax', 'TasksMax', 'CPUQuotaPerSecUSec')).toEqual({
      MemoryMax: '134217728',
      TasksMax: '9',
      CPUQuotaPerSecUSec: '250ms',
    });
  });

  test.runIf(own)('an update that fails changes nothing', async () => {
    const id = await running((config) => {
      config.linux.resources = resources;
    });
    expectRefusal(await run('update', '--pids-limit', '9', '--cpuset-cpus', '4000', id), 'cpuset.cpus');
    expect(await limits(id, ...files)).toEqual(values);
    expect(await properties(id, 'TasksMax', 'AllowedCPUs')).toEqual({ TasksMax: '77', AllowedCPUs: '0' });
  });

  // @shows /annotations
  test('annotations are properties of the unit', async () => {
    const id = await running((config) => {
      config.annotations = {
        'org.systemd.property.TimeoutStopUSec': 'uint64 7000000',
        'org.systemd.property.KillSignal': 'int32 10',
        'org.systemd.property.RuntimeMaxSec': '3600',
        'org.systemd.property.After': "['basic.target']",
        'org.systemd.property.CollectMode': "'inactive'",
      };
    });
    const names = ['TimeoutStopUSec', 'KillSignal', 'RuntimeMaxUSec', 'After', 'CollectMode'];
    expect(await properties(id, ...names)).toEqual({
      TimeoutStopUSec: '7s',
      KillSignal: '10',
      RuntimeMaxUSec: '1h',
      After: expect.stringContaining('basic.target'),
      CollectMode: 'inactive',
    });
  });

  test.each([
    ['a value that is none', { 'org.systemd.property.KillSignal': 'twelve' }, /KillSignal.*GVariant/],
    ['a name that is none', { 'org.systemd.property.a1': "'x'" }, /letters/],
    ['seconds that are none', { 'org.systemd.property.RuntimeMaxSec': "'soon'" }, /number of seconds/],
    ['a property that systemd has not', { 'org.systemd.property.Nosuch': "'x'" }, /systemd.*Nosuch/],
  ])('%s is refused', async (_, annotations, words) => {
    const bundle = scoped('true', (config) => {
      config.annotations = annotations;
    });
    expectRefusal(await run('run', '-b', bundle, sandbox.id()), words);
  });

  test.each(['/a/b', 'a:b', 'x.slice::', 'noslice:a:b', 'a--b.slice:a:b'])(
    'a path of %s is refused',
    async (path) => {
      const bundle = scoped('true', (config) => {
        config.linux.cgroupsPath = path;
      });
      expectRefusal(await run('run', '-b', bundle, sandbox.id()), /^\/linux\/cgroupsPath: expected/);
    },
  );

  test.runIf(own)('an id that would be a slice is refused where the path is left out', async () => {
    const bundle = scoped('true', (config) => {
      delete config.linux.cgroupsPath;
    });
    const id = `${sandbox.id()}.slice`;
    expectRefusal(await run('run', '-b', bundle, id), /^\/linux\/cgroupsPath: expected/);
  });

  test('a scope that somebody else has is left alone', async () => {
    const id = await running();
    const name = (await cgroupOf(id)).replace(/^.*box-(.*)\.scope$/, '$1');
    const bundle = scoped('true', (config) => {
      config.linux.cgroupsPath = `:box:${name}`;
    });
    expectRefusal(await run('run', '-b', bundle, sandbox.id()), 'not empty');
    expect((await sandbox.state(id)).status).toBe('running');
  });

  test('a user namespace', async () => {
    const bundle = scoped('id -u', (config) => {
      config.linux.namespaces.push({ type: 'user' });
      config.linux.uidMappings = [{ containerID: 0, hostID: 100_000, size: 65536 }];
      config.linux.gidMappings = [{ containerID: 0, hostID: 200_000, size: 65536 }];
      config.linux.resources = resources;
    });
    sandbox.giveRootfs(bundle);
    expect((await done('run', '-b', bundle, sandbox.id())).stdout).toBe('0\n');
  });

  test.runIf(own)('a container whose program is missing leaves no unit', async () => {
    const bundle = scoped('', (config) => {
      config.process.args = ['/nosuch'];
    });
    expectRefusal(await run('run', '-b', bundle, sandbox.id()), 'nosuch');
    expect(units()).toBe('');
  });

  test('a checkpoint is restored into a scope', async () => {
    const id = await running(undefined, 'while :; do sleep 1; done');
    const { bundle } = await sandbox.state(id);
    const images = `${sandbox.folder}/images`;
    await done('checkpoint', '--image-path', images, id);
    await done('restore', '-d', '--image-path', images, '-b', bundle, id);
    expect(await cgroupOf(id)).toMatch(/^\/system\.slice\/box-.*\.scope$/);
    expect((await sandbox.state(id)).status).toBe('running');
  });
}

/** The service manager of a user who is not root. */
function ofUser(): void {
  const user = 1000;
  const state = `${sandbox.folder}/user-state`;
  const manager = `/user.slice/user-${user}.slice/user@${user}.service`;
  const home = `${v2?.mountpoint}${manager}/app.slice/${sandbox.name}`;

  beforeAll(() => {
    chmodSync(sandbox.folder, 0o755);
    mkdirSync(state);
    chownSync(state, user, user);
    mkdirSync(home);
    for (const name of ['', '/cgroup.procs']) chownSync(`${home}${name}`, user, user);
  });

  afterAll(() => rmdirSync(home));

  /** From a cgroup that the user may write to, as engines of users are in, or from that of the tests. */
  function call(from: 'own' | 'foreign', ...args: string[]): Promise<Result> {
    const join = from === 'own' ? `echo $$ > ${home}/cgroup.procs && ` : '';
    const session = ['env', `XDG_RUNTIME_DIR=/run/user/${user}`];
    const runtime = [runtimePath, '--root', state, '--systemd-cgroup', ...args];
    const words = ['-c', `${join}exec "$@"`, 'sh', ...asUser(user), ...session, ...runtime];
    return runProgram('sh', words, { folder: sandbox.folder });
  }

  const rootless = (script: string, change: (config: AnyConfig) => void = () => undefined) =>
    sandbox.bundle((config) => {
      makeRootless(config, user, script);
      config.linux.resources = { pids: { limit: 55 }, memory: { limit: 64 << 20 } };
      change(config);
    });

  test('makes the scope, with the limits that were delegated', async () => {
    const id = sandbox.id();
    expect(await call('own', 'run', '-d', '-b', rootless('exec sleep 1000'), id)).toMatchObject({
      status: 0,
      stderr: quiet,
    });
    const { pid } = JSON.parse((await call('own', 'state', id)).stdout);
    const path = unifiedPathOf(pid);
    expect(path).toBe(`${manager}/user.slice/${runtimeName}-${id}.scope`);
    const limit = (name: string) => readFileSync(`${v2?.mountpoint}${path}/${name}`, 'utf8').trim();
    expect([limit('pids.max'), limit('memory.max')]).toEqual(['55', String(64 << 20)]);
    expect(await call('own', 'update', '--pids-limit', '44', id)).toMatchObject({ status: 0, stderr: quiet });
    expect(limit('pids.max')).toBe('44');
    expect(await call('own', 'exec', id, 'id', '-u')).toMatchObject({ status: 0, stdout: '0\n' });
    expect(await call('own', 'pause', id)).toMatchObject({ status: 0 });
    expect(await call('own', 'delete', '--force', id)).toMatchObject({ status: 0, stderr: quiet });
    expect(existsSync(`${v2?.mountpoint}${path}`)).toBe(false);
  });

  test('in the foreground nothing but the container is in the scope', async () => {
    const bundle = rootless('cat /sys/fs/cgroup/pids.current', (config) => {
      config.linux.namespaces.push({ type: 'cgroup' });
    });
    expect(await call('own', 'run', '-b', bundle, sandbox.id())).toEqual({
      status: 0,
      stdout: '1\n',
      stderr: quiet,
    });
  });

  test.runIf(own)('a caller in a cgroup of others is told what that costs', async () => {
    const result = await call('foreign', 'run', '-b', rootless('exit 5'), sandbox.id());
    expect(result).toMatchObject({ status: 5, stderr: expect.stringMatching(/stays in slipway-.*\.scope/) });
  });

  test('without a session the message says so', async () => {
    const words = [...asUser(user), 'env', '-u', 'XDG_RUNTIME_DIR', '-u', 'DBUS_SESSION_BUS_ADDRESS'];
    const args = [
      runtimePath,
      '--root',
      state,
      '--systemd-cgroup',
      'run',
      '-b',
      rootless('true'),
      sandbox.id(),
    ];
    const [program = '', ...rest] = [...words, ...args];
    const result = await runProgram(program, rest, { folder: sandbox.folder });
    expectRefusal(result, /--systemd-cgroup: no answer from your own service manager \(.*\); log in/);
  });
}

function withoutSystemd(): void {
  test.each(['--systemd-cgroup', '--cgroup-manager=systemd'])('%s says what is missing', async (option) => {
    const bundle = scoped('true');
    expectRefusal(
      await sandbox.run([option, 'run', '-b', bundle, sandbox.id()]),
      /--systemd-cgroup: (systemd not running on this host|only executed on a host that has cgroup v2)/,
    );
  });

  test('it does not matter to list', async () => {
    expect(await run('list', '-q')).toMatchObject({ status: 0, stdout: '' });
  });
}
