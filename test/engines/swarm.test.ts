// Docker Swarm: three nodes on a network, each with its own daemon, with the runtime as its default.

import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { patience } from '../support/patience.ts';
import { until } from '../support/until.ts';
import { cgroupFiles } from './cgroup-files.ts';
import { Docker } from './docker.ts';
import { image } from './image.ts';
import { hasProgram, Machine } from './machine.ts';
import { Network } from './network.ts';

/** What swarm does takes seconds. */
const soon = { timeout: 40_000 * patience, interval: 100 };

const forever = ['sleep', '1000'];

// With runc and with slipway, dockerd on a busy machine now and then starts no update, or keeps a task of a service that is removed.
describe.skipIf(!hasProgram('dockerd'))('Swarm', { retry: 2, timeout: 120_000 * patience }, () => {
  let network: Network;
  let manager: Docker;
  /** Address of the manager, and the secret with which others join. */
  let address = '';
  let token = '';
  const workers: Docker[] = [];

  async function start(): Promise<void> {
    network = await Network.start();
    const machine = await Machine.start();
    address = network.attach(machine);
    manager = await Docker.start([], machine);
    await manager.output('swarm', 'init', '--advertise-addr', address, '--listen-addr', `${address}:2377`);
    await manager.output('swarm', 'update', '--dispatcher-heartbeat', '1s');
    token = await manager.output('swarm', 'join-token', '--quiet', 'worker');
    workers.push(await addWorker(), await addWorker());
  }

  async function stop(): Promise<void> {
    for (const { machine } of [manager, ...workers.splice(0)]) await machine.close();
    await network.close();
  }

  beforeAll(start);
  // What a failure leaves is not for the tests after it.
  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return;
    await stop();
    await start();
  });
  afterAll(stop);

  async function addWorker(): Promise<Docker> {
    const machine = await Machine.start();
    const own = network.attach(machine);
    const worker = await Docker.start([], machine);
    await worker.output('swarm', 'join', '--token', token, '--advertise-addr', own, `${address}:2377`);
    const nodes = () => manager.output('node', 'ls', '--format', '{{.Hostname}} {{.Status}}');
    await until(async () => (await nodes()).includes(`${machine.name} Ready`), soon.timeout);
    return worker;
  }

  /** Starts a service. Returns its name. */
  async function serve(options: readonly string[], ...program: readonly string[]): Promise<string> {
    const name = manager.name();
    const common = ['--quiet', '--detach', '--no-resolve-image', '--network', 'host'];
    const quick = ['--restart-delay', '0s', '--stop-grace-period', '0s', '--rollback-monitor', '100ms'];
    await manager.output(
      'service',
      'create',
      ...common,
      ...quick,
      '--name',
      name,
      ...options,
      image,
      ...program,
    );
    return name;
  }

  /** Names of the nodes where tasks of a service run, sorted. */
  async function places(service: string): Promise<string[]> {
    const format = ['--filter', 'desired-state=running', '--format', '{{.Node}} {{.CurrentState}}'];
    const tasks = await manager.output('service', 'ps', ...format, service);
    return tasks
      .split('\n')
      .flatMap((task) => /^(\S+) Running/.exec(task)?.[1] ?? [])
      .toSorted();
  }

  /** The node and the container of the only task of a service. */
  async function task(service: string): Promise<{ readonly node: Docker; readonly container: string }> {
    await expect.poll(() => places(service), soon).toHaveLength(1);
    const [place] = await places(service);
    const node = [manager, ...workers].find(({ machine }) => machine.name === place);
    if (node === undefined) throw new Error(`no node ${place}`);
    return { node, container: await node.output('ps', '--quiet', '--filter', `name=${service}`) };
  }

  async function remove(service: string): Promise<void> {
    await manager.output('service', 'rm', service);
    for (const node of [manager, ...workers])
      try {
        await expect.poll(() => node.left(), soon).toEqual([]);
      } catch (cause) {
        throw new Error(`${String(cause)}\n${await node.machine.account()}`, { cause });
      }
  }

  test('replicas on every node; scale up and down', async () => {
    const service = await serve(['--replicas', '6'], ...forever);
    await expect.poll(() => places(service), soon).toHaveLength(6);
    expect(new Set(await places(service)).size).toBe(3);
    await manager.output('service', 'scale', '--detach', `${service}=9`);
    await expect.poll(() => places(service), soon).toHaveLength(9);
    await manager.output('service', 'scale', '--detach', `${service}=2`);
    await expect.poll(() => places(service), soon).toHaveLength(2);
    await remove(service);
  });

  test('a rolling update, and back', async () => {
    const service = await serve(
      ['--replicas', '3', '--env', 'VERSION=1'],
      'sh',
      '-c',
      'echo version $VERSION; sleep 1000',
    );
    await expect.poll(() => places(service), soon).toHaveLength(3);
    const options = [
      '--detach',
      '--no-resolve-image',
      '--update-order',
      'start-first',
      '--update-monitor',
      '100ms',
    ];
    await manager.output('service', 'update', ...options, '--env-add', 'VERSION=2', service);
    const state = () => manager.inspect(service, '{{.UpdateStatus.State}}');
    await expect.poll(state, soon).toBe('completed');
    expect(await places(service)).toHaveLength(3);
    expect((await manager.output('service', 'logs', '--raw', service)).match(/version 2/g)).toHaveLength(3);
    await manager.output('service', 'rollback', '--detach', service);
    await expect.poll(state, soon).toBe('rollback_completed');
    await remove(service);
  });

  test('secrets and configs', async () => {
    const file = `${manager.machine.folder}/secret`;
    writeFileSync(file, 'hidden');
    await manager.output('secret', 'create', 'secret', file);
    await manager.output('config', 'create', 'config', file);
    const service = await serve(
      ['--secret', 'secret', '--config', 'source=config,target=/etc/config'],
      ...forever,
    );
    const { node, container } = await task(service);
    const shown = await node.output(
      'exec',
      container,
      'sh',
      '-c',
      'cat /run/secrets/secret /etc/config; grep -c /run/secrets /proc/mounts',
    );
    expect(shown).toBe('hiddenhidden1');
    await remove(service);
    await manager.output('secret', 'rm', 'secret');
    await manager.output('config', 'rm', 'config');
  });

  test('limits', async () => {
    const service = await serve(
      ['--limit-memory', '64m', '--limit-cpu', '0.5', '--limit-pids', '20'],
      ...forever,
    );
    const { node, container } = await task(service);
    const files = [
      'memory/memory.limit_in_bytes',
      'memory.max',
      'cpu/cpu.cfs_quota_us',
      'cpu.max',
      'pids/pids.max',
      'pids.max',
    ];
    expect(await node.output('exec', container, ...cgroupFiles(...files))).toMatch(
      /^67108864\n50000( 100000)?\n20$/,
    );
    await remove(service);
  });

  test('health checks: a task that fails its own is replaced', async () => {
    const check = [
      '--health-cmd',
      'test ! -e /tmp/ill',
      '--health-interval',
      '300ms',
      '--health-retries',
      '1',
    ];
    const service = await serve(check, ...forever);
    const first = await task(service);
    await first.node.output('exec', first.container, 'touch', '/tmp/ill');
    await expect.poll(async () => (await task(service)).container, soon).not.toBe(first.container);
    await remove(service);
  });

  test('a node that is killed, ten times: the others run its replicas', {
    timeout: 300_000 * patience,
  }, async () => {
    for (let round = 0; round < 10; round += 1) {
      const service = await serve(['--replicas', '6'], ...forever);
      await expect.poll(() => places(service), soon).toHaveLength(6);
      const victim = workers.pop();
      if (victim === undefined) throw new Error('no worker');
      expect(await places(service)).toContain(victim.machine.name);
      await victim.machine.close();
      const others = [manager, ...workers].map(({ machine }) => machine.name);
      const elsewhere = async () => (await places(service)).filter((place) => others.includes(place));
      await expect.poll(elsewhere, soon).toHaveLength(6);
      await remove(service);
      await manager.output('node', 'rm', '--force', victim.machine.name);
      workers.push(await addWorker());
    }
  });
});
