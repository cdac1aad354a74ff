// What engines parse: the outputs of slipway have the members of runc's, in the same order and of the same types, for the same bundle.

import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Result, runProgram, runtimeName, slipwayPath } from './support/runtime.ts';
import { Sandbox } from './support/sandbox.ts';

const sandbox = Sandbox.forFile();
const runtimes = { slipway: slipwayPath, runc: '/usr/sbin/runc' } as const;
type Name = keyof typeof runtimes;
const names = Object.keys(runtimes) as Name[];

function call(name: Name, ...args: string[]): Promise<Result> {
  const root = `${sandbox.folder}/state-${name}`;
  return runProgram(runtimes[name], ['--root', root, ...args], { folder: sandbox.folder });
}

async function output(name: Name, ...args: string[]): Promise<string> {
  const { status, stdout } = await call(name, ...args);
  expect([args[0], status]).toEqual([args[0], 0]);
  return stdout;
}

/** A document with types in place of values; members keep their order. Counters that the kernel has not counted yet are left out. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])];
  if (value === null || typeof value !== 'object') return value === null ? 'null' : typeof value;
  return Object.entries(value)
    .filter(([name]) => !/^(periods|throttled|psi$|io[A-Z]|percpu_)/.test(name))
    .map(([name, member]) => [name, name === 'raw' ? 'numbers by name' : shapeOf(member)]);
}

describe.runIf(runtimeName === 'slipway' && existsSync(runtimes.runc))('beside runc', () => {
  const id = 'same';

  beforeAll(async () => {
    for (const name of names) {
      const bundle = sandbox.script(
        // Cache that is its own: what is read may have been cached for somebody else before.
        'head -c 1000000 /dev/zero > /dev/shm/used; i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; exec sleep 1000',
        (config) => {
          config.annotations = { 'org.example.key': 'value' };
          config.linux.resources.pids = { limit: 40 };
          config.linux.resources.memory = { limit: 2 ** 28 };
        },
      );
      expect(await call(name, 'run', '-d', '-b', bundle, id)).toMatchObject({ status: 0 });
    }
  });

  afterAll(async () => {
    for (const name of names) await call(name, 'delete', '--force', id);
  });

  test.each([
    ['state', ['state', id]],
    ['list --format json', ['list', '--format', 'json']],
    ['ps --format json', ['ps', '--format', 'json', id]],
    ['events --stats', ['events', '--stats', id]],
  ])('%s', async (_, args) => {
    const [own, theirs] = await Promise.all(
      names.map(async (name) => JSON.parse(await output(name, ...args))),
    );
    expect(shapeOf(own)).toEqual(shapeOf(theirs));
  });

  test('state says the same of the same container', async () => {
    const [own, theirs] = await Promise.all(
      names.map(async (name) => {
        const {
          pid: _,
          created: __,
          bundle,
          rootfs,
          ociVersion: ___,
          ...rest
        } = JSON.parse(await output(name, 'state', id));
        return { ...rest, rootfs: rootfs.replace(bundle, '') };
      }),
    );
    expect(own).toEqual(theirs);
  });

  test('events --stats: limits and the counters by name are the same', async () => {
    const [own, theirs] = await Promise.all(
      names.map(async (name) => JSON.parse(await output(name, 'events', '--stats', id)).data),
    );
    expect(Object.keys(own.memory.raw)).toEqual(Object.keys(theirs.memory.raw));
    for (const entry of ['usage', 'swap', 'kernel', 'kernelTCP'])
      expect([entry, own.memory[entry].limit]).toEqual([entry, theirs.memory[entry].limit]);
    expect(own.cpuset).toEqual(theirs.cpuset);
    expect(own.pids).toEqual(theirs.pids);
  });

  test.each([['ps'], ['list']])('the table of %s has the same heading', async (command) => {
    const args = command === 'ps' ? ['ps', id] : ['list'];
    const [own, theirs] = await Promise.all(
      names.map(async (name) => (await output(name, ...args)).split('\n')[0]?.split(/\s+/)),
    );
    expect(own).toEqual(theirs);
  });

  test('--version: a name, "version" and a number, then lines of "name: value"', async () => {
    const pattern = /^\w+ version \S+\n(\w+: .*\n)*spec: \d+\.\d+\.\d+\S*\n/;
    for (const name of names) expect(await output(name, '--version')).toMatch(pattern);
  });
});

test('features has what containerd, CRI-O and dockerd look for', async () => {
  const features = JSON.parse(await output('slipway', 'features'));
  expect(features).toMatchObject({ ociVersionMin: expect.any(String), ociVersionMax: expect.any(String) });
  expect(features.mountOptions).toContain('rro');
  expect(features.linux.namespaces).toContain('user');
  expect(features.linux.mountExtensions.idmap.enabled).toBe(true);
});
