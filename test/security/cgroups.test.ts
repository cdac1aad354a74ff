// What a container may do with cgroups so that its runtime cannot end it.

import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { hostFacts } from '../../src/host/facts.ts';
import { compileProbe } from '../support/compile.ts';
import { runtimeName, runtimePath } from '../support/runtime.ts';
import { type AnyConfig, cgroupDirectory, Sandbox } from '../support/sandbox.ts';
import { until } from '../support/until.ts';
import { expectRefusal, quiet } from '../support/words.ts';

const sandbox = Sandbox.forFile();
let plant = '';

beforeAll(() => {
  plant = compileProbe('plant', sandbox.folder);
});

async function running(text: string, change: (config: AnyConfig) => void = () => undefined) {
  const id = sandbox.id();
  const bundle = sandbox.script(text, change);
  expect(await sandbox.run(['run', '-d', '-b', bundle, id])).toMatchObject({ status: 0, stderr: quiet });
  return { id, path: await sandbox.cgroupsPath(id) };
}

/** Milliseconds that it takes. */
async function deleteForced(id: string): Promise<number> {
  const started = Date.now();
  expect(await sandbox.run(['delete', '--force', id])).toMatchObject({ status: 0, stderr: quiet });
  return Date.now() - started;
}

/** Its cgroups, in every hierarchy. */
function directories(path: string): string[] {
  const { v1, v2 } = hostFacts().cgroup;
  return [...v1, ...(v2 === null ? [] : [v2])].map(({ mountpoint }) => `${mountpoint}${path}`);
}

describe('[cgroups] delete --force', () => {
  test('removes cgroups that are nested deeper than a path is long', async () => {
    const { id, path } = await running('exec sleep 1000');
    for (const directory of directories(path))
      if (existsSync(directory)) expect(spawnSync(plant, ['cgroups', directory, '60']).status).toBe(0);
    // A peer fails, and what is left would be in the way of the tests that follow.
    const result = await sandbox.run(['delete', '--force', id]);
    const left = directories(path).filter(existsSync);
    for (const directory of left)
      spawnSync('find', [directory, '-depth', '-type', 'd', '-execdir', 'rmdir', '{}', ';']);
    expect({ ...result, left }).toEqual({ status: 0, stdout: '', stderr: quiet, left: [] });
  });

  test('ends a process in a frozen cgroup below its own', async () => {
    const { id, path } = await running('sleep 1000 & sleep 1001');
    const directory = cgroupDirectory('freezer', path);
    const below = `${directory}/below`;
    mkdirSync(below);
    const pids = readFileSync(`${directory}/cgroup.procs`, 'utf8').trim().split('\n');
    const v1 = existsSync(`${below}/freezer.state`);
    writeFileSync(`${below}/cgroup.procs`, pids.at(-1) ?? '');
    writeFileSync(v1 ? `${below}/freezer.state` : `${below}/cgroup.freeze`, v1 ? 'FROZEN' : '1');
    expect(await deleteForced(id)).toBeLessThan(1500);
    expect(existsSync(directory)).toBe(false);
  });
});

describe('[cgroups] kill --all', () => {
  const withoutPidNamespace = (config: AnyConfig) => {
    config.linux.namespaces = config.linux.namespaces.filter(({ type }: AnyConfig) => type !== 'pid');
    config.linux.resources.pids = { limit: 150 };
    config.process.args = ['/plant', 'bomb'];
    config.process.rlimits = [];
  };

  test('ends a fork bomb without a pid namespace, each time', async () => {
    const survivors: number[] = [];
    for (let round = 0; round < 10; round++) {
      const id = sandbox.id();
      const bundle = sandbox.bundle(withoutPidNamespace);
      copyFileSync(plant, `${bundle}/rootfs/plant`);
      expect(await sandbox.run(['run', '-d', '-b', bundle, id])).toMatchObject({ status: 0, stderr: quiet });
      const procs = `${cgroupDirectory('pids', await sandbox.cgroupsPath(id))}/cgroup.procs`;
      const count = () => readFileSync(procs, 'utf8').split('\n').filter(Boolean).length;
      await until(() => count() > 100);
      expect(await sandbox.run(['kill', '--all', id, 'KILL'])).toMatchObject({ status: 0, stderr: quiet });
      // What survives has made others by then.
      await new Promise((resolve) => setTimeout(resolve, 50));
      survivors.push(count());
      await sandbox.run(['delete', '--force', id]);
    }
    expect(survivors).toEqual(Array.from({ length: 10 }, () => 0));
  });

  test('signals every process at one moment, and stops none', async () => {
    const script =
      'for i in 1 2 3 4 5 6 7 8; do sh -c "trap \\"echo got >> /tmp/got; exit\\" USR1; echo up >> /tmp/up; while :; do sleep 0.01; done" & done; trap : USR1; while :; do wait; sleep 1; done';
    const { id } = await running(script, (config) => {
      config.root.readonly = false;
    });
    const { bundle } = await sandbox.state(id);
    const lines = (name: string) =>
      existsSync(`${bundle}/rootfs/tmp/${name}`)
        ? readFileSync(`${bundle}/rootfs/tmp/${name}`, 'utf8').split('\n').length - 1
        : 0;
    await until(() => lines('up') === 8);
    await sandbox.run(['kill', '--all', id, 'USR1']);
    await until(() => lines('got') === 8);
    expect((await sandbox.state(id)).status).toBe('running');
    await sandbox.run(['delete', '--force', id]);
  });
});

describe('[cgroups] what waits for a frozen process', () => {
  const own = runtimeName === 'slipway';
  const freezer = (path: string) => {
    const directory = cgroupDirectory('freezer', path);
    const v1 = !existsSync('/sys/fs/cgroup/cgroup.controllers');
    return {
      directory,
      file: v1 ? 'freezer.state' : 'cgroup.freeze',
      frozen: v1 ? 'FROZEN' : '1',
      thawed: v1 ? 'THAWED' : '0',
    };
  };

  /** Starts the runtime, sends a signal once something is so, and returns its status and the milliseconds from there to its end. */
  async function interrupted(args: readonly string[], signal: NodeJS.Signals, when: () => boolean) {
    const log = `${sandbox.folder}/log-${sandbox.id()}`;
    const child = spawn(runtimePath, ['--root', sandbox.root, '--log', log, ...args], { stdio: 'ignore' });
    try {
      await until(when);
      await new Promise((resolve) => setTimeout(resolve, 300));
      const started = Date.now();
      child.kill(signal);
      await until(() => child.exitCode !== null || child.signalCode !== null, 8000);
      return { status: child.exitCode, took: Date.now() - started, log: readFileSync(log, 'utf8') };
    } finally {
      child.kill('SIGKILL');
    }
  }

  test.runIf(own).each([
    ['of the container', ''],
    ['above it', '/inner'],
  ])('a frozen cgroup %s is refused', async (_, below) => {
    const path = `/${sandbox.name}-frozen`;
    const { directory, file, frozen, thawed } = freezer(path);
    mkdirSync(directory);
    try {
      writeFileSync(`${directory}/${file}`, frozen);
      const bundle = sandbox.script('true', (config) => {
        config.linux.cgroupsPath = `${path}${below}`;
      });
      expectRefusal(
        await sandbox.run(['run', '-b', bundle, sandbox.id()]),
        `container's cgroup unexpectedly frozen: "${directory}" is; thaw it, or choose another`,
      );
    } finally {
      writeFileSync(`${directory}/${file}`, thawed);
      rmdirSync(directory);
    }
  });

  test.runIf(own).each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    '%s ends a run whose container was frozen before its program ran, and leaves nothing',
    async (signal) => {
      const id = sandbox.id();
      const path = `/${sandbox.name}-${id}`;
      const { directory, file, frozen } = freezer(path);
      const bundle = sandbox.script('echo never', (config) => {
        config.linux.cgroupsPath = path;
        config.hooks = {
          createRuntime: [{ path: '/bin/sh', args: ['sh', '-c', `echo ${frozen} > ${directory}/${file}`] }],
        };
      });
      const isFrozen = () =>
        existsSync(directory) && readFileSync(`${directory}/${file}`, 'utf8').trim() === frozen;
      const { status, took, log } = await interrupted(['run', '-b', bundle, id], signal, isFrozen);
      expect(log).toContain(`interrupted by ${signal} before the program ran`);
      expect(status).toBe(1);
      expect(took).toBeLessThan(3000);
      expect(existsSync(directory)).toBe(false);
      expect(existsSync(`${sandbox.root}/${id}`)).toBe(false);
    },
  );

  test.runIf(own)(
    'SIGTERM ends an exec that waits for a paused container, and nothing runs later',
    async () => {
      const { id } = await running('exec sleep 1000', (config) => {
        config.root.readonly = false;
      });
      const { bundle } = await sandbox.state(id);
      expect(await sandbox.run(['pause', id])).toMatchObject({ status: 0 });
      const { status, took } = await interrupted(
        ['exec', '--ignore-paused', id, 'sh', '-c', 'echo > /tmp/ran'],
        'SIGTERM',
        () => true,
      );
      expect({ status, quick: took < 3000 }).toEqual({ status: 255, quick: true });
      expect((await sandbox.state(id)).status).toBe('paused');
      expect(await sandbox.run(['resume', id])).toMatchObject({ status: 0 });
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(existsSync(`${bundle}/rootfs/tmp/ran`)).toBe(false);
      expect(JSON.parse((await sandbox.run(['ps', '--format', 'json', id])).stdout)).toHaveLength(1);
      await sandbox.run(['delete', '--force', id]);
    },
  );
});
