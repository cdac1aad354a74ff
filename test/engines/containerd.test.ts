// containerd with its runc v2 shim and ctr, with the runtime as its --runc-binary.

import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Result } from '../support/runtime.ts';
import { cgroupFiles } from './cgroup-files.ts';
import { Containerd } from './containerd.ts';
import { image } from './image.ts';
import { hasProgram, printed } from './machine.ts';

const forever = ['sleep', '1000'];

// ctr stops to read as soon as it hears of the exit, and loses the output of a short program once in 600 times, with runc too: it
// may try again.
describe.skipIf(!hasProgram('containerd'))('containerd', { retry: 1 }, () => {
  let containerd: Containerd;
  let count = 0;
  beforeAll(async () => {
    containerd = await Containerd.start();
    await containerd.output('images', 'import', containerd.archive);
  });
  afterAll(() => containerd.machine.close());

  function newName(): string {
    count += 1;
    return `c${count}`;
  }

  function run(options: readonly string[], ...program: readonly string[]): Promise<Result> {
    const name = newName();
    return containerd.ctr(['run', '--rm', ...containerd.options(name), ...options, image, name, ...program]);
  }

  async function prints(options: readonly string[], ...program: readonly string[]): Promise<string> {
    return printed(await run(options, ...program));
  }

  async function start(options: readonly string[], ...program: readonly string[]): Promise<string> {
    const name = newName();
    await containerd.output(
      'run',
      '--detach',
      ...containerd.options(name),
      ...options,
      image,
      name,
      ...program,
    );
    return name;
  }

  /** Runs a further program in a container. */
  function exec(options: readonly string[], name: string, ...program: readonly string[]): Promise<Result> {
    return containerd.ctr(['tasks', 'exec', '--exec-id', newName(), ...options, name, ...program]);
  }

  function status(name: string): Promise<string> {
    return containerd
      .output('tasks', 'list')
      .then((list) => new RegExp(`^${name} .*`, 'm').exec(list)?.[0].split(/ +/)[2] ?? '');
  }

  async function remove(...names: readonly string[]): Promise<void> {
    for (const name of names) {
      await containerd.ctr(['tasks', 'kill', '--signal', 'SIGKILL', name]);
      await expect.poll(() => status(name)).not.toBe('RUNNING');
      await containerd.ctr(['tasks', 'delete', name]);
      await containerd.output('containers', 'delete', name);
    }
  }

  test('run: output and exit status', async () => {
    const result = await run([], 'sh', '-c', 'echo out; echo err >&2; exit 3');
    expect(result).toMatchObject({ status: 3, stdout: 'out\n', stderr: 'err\n' });
  });

  test.each([
    ['nosuch', 'executable file not found in $PATH'],
    ['/nosuch', 'no such file or directory'],
    ['/etc/passwd', 'permission denied'],
  ])('run: a program that cannot be: %s', async (program, text) => {
    const result = await run([], program);
    expect(result).toMatchObject({ status: 1, stderr: expect.stringContaining(text) });
  });

  test('run -d: its output in a file, its status from the task', async () => {
    const log = `${containerd.machine.folder}/output`;
    const name = await start(['--log-uri', `file://${log}`], 'sh', '-c', 'echo out; sleep 1000');
    await expect.poll(() => readFileSync(log, 'utf8')).toBe('out\n');
    expect(await status(name)).toBe('RUNNING');
    await remove(name);
  });

  test('exec: output, status, directory, user', async () => {
    const name = await start([], ...forever);
    const result = await exec(['--cwd', '/tmp', '--user', '1000'], name, 'sh', '-c', 'pwd; id -u; exit 6');
    expect(result).toMatchObject({ status: 6, stdout: '/tmp\n1000\n' });
    const missing = await exec([], name, 'nosuch');
    expect(missing).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('executable file not found in $PATH'),
    });
    await remove(name);
  });

  test('kill: a signal by name and by number', async () => {
    const log = `${containerd.machine.folder}/killed`;
    const trapping = ['sh', '-c', 'trap "echo got; exit 9" USR1; echo ready; while :; do sleep 0.05; done'];
    const name = await start(['--log-uri', `file://${log}`], ...trapping);
    await expect.poll(() => readFileSync(log, 'utf8')).toBe('ready\n');
    await containerd.output('tasks', 'kill', '--signal', 'SIGUSR1', name);
    await expect.poll(() => status(name)).toBe('STOPPED');
    expect(readFileSync(log, 'utf8')).toBe('ready\ngot\n');
    const other = await start([], ...forever);
    await containerd.output('tasks', 'kill', '--signal', '9', other);
    await expect.poll(() => status(other)).toBe('STOPPED');
    await remove(name, other);
  });

  test('pause and resume', async () => {
    const volume = containerd.machine.makeFolder('paused');
    const mount = ['--mount', `type=bind,src=${volume},dst=/v,options=rbind:rw`];
    const name = await start(mount, 'sh', '-c', 'while :; do echo >> /v/count; sleep 0.02; done');
    const size = () => statSync(`${volume}/count`).size;
    await containerd.output('tasks', 'pause', name);
    expect(await status(name)).toBe('PAUSED');
    const before = size();
    await sleep(300);
    expect(size()).toBe(before);
    await containerd.output('tasks', 'resume', name);
    await expect.poll(size).toBeGreaterThan(before);
    await remove(name);
  });

  test('metrics, ps and limits', async () => {
    const name = await start(['--memory-limit', String(64 << 20), '--cpus', '0.5'], ...forever);
    const metrics = await containerd.output('tasks', 'metrics', '--format', 'json', name);
    expect(metrics).toContain(String(64 << 20));
    expect(await containerd.output('tasks', 'ps', name)).toMatch(/^PID +INFO\n\d+ +-$/);
    const cpu = cgroupFiles('cpu/cpu.cfs_quota_us', 'cpu.max');
    const mount = ['--mount', 'type=cgroup,src=cgroup,dst=/sys/fs/cgroup,options=ro'];
    expect(await prints([...mount, '--cpus', '0.5'], ...cpu)).toMatch(/^50000/);
    await remove(name);
  });

  test('a limit of memory: the OOM kill is reported', async () => {
    const events = containerd.machine.serve('events', [...containerd.client, 'events']);
    const eating = ['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=200M', 'count=1'];
    const script = `${eating.join(' ')}; sleep 0.5; exit 5`;
    expect(await run(['--memory-limit', String(32 << 20)], 'sh', '-c', script)).toMatchObject({ status: 5 });
    await expect
      .poll(() => readFileSync(`${containerd.machine.folder}/events.log`, 'utf8'))
      .toContain('/tasks/oom');
    events.kill();
  });

  test('mounts, directory, environment, read-only root', async () => {
    const volume = containerd.machine.makeFolder('volume');
    writeFileSync(`${volume}/file`, 'kept');
    const options = [
      ...['--mount', `type=bind,src=${volume},dst=/r,options=rbind:ro`],
      ...['--mount', 'type=tmpfs,src=tmpfs,dst=/t,options=size=1m'],
      ...['--cwd', '/tmp', '--env', 'A=b', '--read-only'],
    ];
    const script = 'cat /r/file; touch /r/a; touch /b; pwd; echo $A; df -k /t | tail -1';
    const { stdout, stderr } = await run(options, 'sh', '-c', script);
    expect(stdout).toMatch(/^kept\/tmp\nb\ntmpfs +1024 /);
    expect(stderr).toMatch(/\/r\/a: Read-only file system\n.*\/b: Read-only file system/);
  });

  test('capabilities, privileged, seccomp, devices', async () => {
    const effective = ['grep', 'CapEff', '/proc/self/status'];
    const dropped = await prints(['--cap-drop', 'CAP_CHOWN'], ...effective);
    expect(dropped).toMatch(/[02468ace]$/);
    expect(await prints(['--cap-add', 'CAP_SYS_ADMIN', '--cap-drop', 'CAP_CHOWN'], ...effective)).not.toBe(
      dropped,
    );
    expect(await prints(['--seccomp'], 'grep', 'Seccomp:', '/proc/self/status')).toBe('Seccomp:\t2');
    expect(await prints([], 'grep', 'Seccomp:', '/proc/self/status')).toBe('Seccomp:\t0');
    const device = await prints(['--device', '/dev/fuse'], 'sh', '-c', 'exec 3<> /dev/fuse && echo opened');
    expect(device).toBe('opened');
  });

  test('namespaces of others, and user namespaces', async () => {
    const first = await start([], ...forever);
    const tasks = await containerd.output('tasks', 'list');
    const number = new RegExp(`^${first} +(\\d+)`, 'm').exec(tasks)?.[1];
    const joined = ['pid', 'network', 'ipc'].flatMap((type) => [
      '--with-ns',
      `${type}:/proc/${number}/ns/${type.slice(0, 3)}`,
    ]);
    expect(await prints(joined, 'ps', '-o', 'args')).toContain('sleep 1000');
    await remove(first);
    const mapped = ['--uidmap', '0:100000:65536', '--gidmap', '0:100000:65536'];
    expect(await prints(mapped, 'cat', '/proc/self/uid_map')).toMatch(/^0 +100000 +65536$/);
  });

  test('a daemon that is killed: the next one finds the containers', async () => {
    const name = await start([], ...forever);
    await containerd.daemon.kill();
    await containerd.daemon.start();
    expect(await status(name)).toBe('RUNNING');
    expect(await exec([], name, 'echo', 'there')).toMatchObject({ stdout: 'there\n' });
    await remove(name);
    await expect.poll(() => containerd.left('default')).toEqual([]);
  });

  test('100 containers leave nothing', async () => {
    const volume = containerd.machine.makeFolder('hundred');
    const mount = ['--mount', `type=bind,src=${volume},dst=/v,options=rbind:rw`];
    const rounds = async (worker: number) => {
      for (let round = 0; round < 25; round += 1)
        expect(await run(mount, 'touch', `/v/${worker}-${round}`)).toMatchObject({ status: 0, stderr: '' });
    };
    await Promise.all([1, 2, 3, 4].map(rounds));
    expect(readdirSync(volume)).toHaveLength(100);
    await expect.poll(() => containerd.left('default')).toEqual([]);
  });
});
