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

  test('update: pids', async () => {
    const name = await docker.start(['--pids-limit', '9'], 'sleep', '1000');
    const pids = cgroupFiles('pids/pids.max', 'pids.max');
    expect(await docker.output('exec', name, ...pids)).toBe('9');
    await docker.output('update', '--pids-limit', '7', name);
    expect(await docker.output('exec', name, ...pids)).toBe('7');
    await docker.remove(name);
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
