// dockerd, with the runtime as its default.

import { chmodSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cgroupFiles } from './cgroup-files.ts';
import { Docker } from './docker.ts';
import { testFeatures } from './features.ts';
import { hasProgram, Machine } from './machine.ts';

describe.skipIf(!hasProgram('dockerd'))('docker', () => {
  let docker: Docker;
  beforeAll(async () => {
    docker = await Docker.start(['--live-restore']);
  });
  afterAll(() => docker.machine.close());

  testFeatures(() => docker);

  test('update of every kind, each of them alone, on a container with limits', async () => {
    const limits = ['--memory', '64m', '--memory-swap', '128m', '--cpus', '1', '--pids-limit', '9'];
    const name = await docker.start([...limits, '--cpuset-cpus', '0-1'], 'sleep', '1000');
    const read = (v1: string, v2: string) => docker.output('exec', name, ...cgroupFiles(v1, v2));
    const memory = () => read('memory/memory.limit_in_bytes', 'memory.max');
    const kinds = [
      ['--pids-limit', '7', 'pids/pids.max', 'pids.max', /^7$/],
      ['--pids-limit', '-1', 'pids/pids.max', 'pids.max', /^max$/],
      ['--cpu-shares', '512', 'cpu/cpu.shares', 'cpu.weight', /^(512|20|59)$/],
      ['--cpuset-cpus', '0', 'cpuset/cpuset.cpus', 'cpuset.cpus', /^0$/],
      ['--cpuset-mems', '0', 'cpuset/cpuset.mems', 'cpuset.mems', /^0$/],
      ['--memory-reservation', '32m', 'memory/memory.soft_limit_in_bytes', 'memory.low', /^33554432$/],
      ['--cpus', '0.5', 'cpu/cpu.cfs_quota_us', 'cpu.max', /^50000/],
    ] as const;
    for (const [option, value, v1, v2, found] of kinds) {
      await docker.output('update', option, value, name);
      expect(await read(v1, v2), option).toMatch(found);
      expect(await memory(), option).toBe(String(64 << 20));
    }
    await docker.output('update', '--memory', '96m', name);
    expect(await memory()).toBe(String(96 << 20));
    await docker.output('update', '--memory-swap', '256m', name);
    expect(await read('cpu/cpu.cfs_quota_us', 'cpu.max')).toMatch(/^50000/);
    await docker.output('update', '--restart', 'no', name);
    await docker.remove(name);
  });

  test('--volume: a file on a directory, with the hint for it', async () => {
    const { status, stderr } = await docker.run(['--volume', '/etc/passwd:/tmp'], 'true');
    expect(status).not.toBe(0);
    expect(stderr).toContain('Are you trying to mount a directory onto a file');
  });

  test('health checks', async () => {
    const check = [
      '--health-cmd',
      'test -e /tmp/well',
      '--health-interval',
      '300ms',
      '--health-retries',
      '1',
    ];
    const name = await docker.start(check, 'sleep', '1000');
    const health = () => docker.inspect(name, '{{.State.Health.Status}}');
    await expect.poll(health, { timeout: 5000 }).toBe('unhealthy');
    await docker.output('exec', name, 'touch', '/tmp/well');
    await expect.poll(health, { timeout: 5000 }).toBe('healthy');
    await docker.remove(name);
  });

  test('a daemon that is killed: the next one finds the containers', async () => {
    const name = await docker.start([], 'sh', '-c', 'while :; do echo on; sleep 0.1; done');
    const paused = await docker.start([], 'sleep', '1000');
    const ended = await docker.start([], 'sh', '-c', 'trap "exit 3" TERM; while :; do sleep 0.1; done');
    await docker.output('pause', paused);
    const pid = await docker.inspect(name, '{{.State.Pid}}');
    const endedPid = await docker.inspect(ended, '{{.State.Pid}}');
    await docker.daemon.kill('containerd');
    await docker.machine.run(['kill', endedPid]);
    await docker.daemon.start();
    expect(await docker.inspect(name, '{{.State.Status}} {{.State.Pid}}')).toBe(`running ${pid}`);
    expect(await docker.inspect(paused, '{{.State.Status}}')).toBe('paused');
    expect(await docker.inspect(ended, '{{.State.Status}}')).toBe('exited');
    expect(await docker.output('exec', name, 'echo', 'there')).toBe('there');
    await docker.output('unpause', paused);
    await docker.output('stop', '--time', '0', name, paused);
    await docker.remove(name, paused, ended);
    await expect.poll(() => docker.left()).toEqual([]);
  });

  test('--userns-remap', async () => {
    const machine = await Machine.start();
    chmodSync(machine.folder, 0o711);
    await machine.run(['sh', '-c', 'echo daemon:100000:65536 | tee /etc/subuid > /etc/subgid']);
    const remapped = await Docker.start(['--userns-remap', 'daemon'], machine);
    const script = 'cat /proc/self/uid_map; touch /tmp/made; stat -c %u /tmp/made; id -u';
    expect(await remapped.prints([], 'sh', '-c', script)).toMatch(/^0 +100000 +65536\n0\n0$/);
    expect(await remapped.prints(['--userns', 'host'], 'cat', '/proc/self/uid_map')).toMatch(
      /^0 +0 +4294967295$/,
    );
    await machine.close();
  });
});
