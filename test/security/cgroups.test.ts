// What a container may do with cgroups so that its runtime cannot end it.

import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { hostFacts } from '../../src/host/facts.ts';
import { compileProbe } from '../support/compile.ts';
import { type AnyConfig, cgroupDirectory, Sandbox } from '../support/sandbox.ts';
import { until } from '../support/until.ts';
import { quiet } from '../support/words.ts';

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

describe('delete --force', () => {
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

describe('kill --all', () => {
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
