// Nothing is left: after many lives, after commands that were killed at any moment, after many callers at once
// (runtime.md#errors).

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostState } from './support/leftovers.ts';
import { runtimeName, runtimePath } from './support/runtime.ts';
import { Sandbox } from './support/sandbox.ts';
import { quiet } from './support/words.ts';

const sandbox = Sandbox.forFile();
/** Under peers, which are slower and whose faults are not ours, fewer. */
const rounds = runtimeName === 'slipway' ? 200 : 20;
const timeout = 240_000;

/** With parents of its own, in every hierarchy, which others may share. */
function bundleIn(cgroup: string): string {
  return sandbox.script('sleep 1000', (config) => {
    config.linux.cgroupsPath = `/${sandbox.name}/${cgroup}`;
  });
}

async function done(...args: string[]): Promise<void> {
  expect(await sandbox.run(args)).toEqual({ status: 0, stdout: '', stderr: quiet });
}

/** A process that was killed may take a moment to be gone. */
async function nothingLeft(): Promise<void> {
  for (let waits = 0; waits < 100 && sandbox.leftovers().length > 0; waits++) await sleep(10);
  expect(sandbox.leftovers()).toEqual([]);
}

let before: ReturnType<typeof hostState>;
beforeAll(() => {
  before = hostState();
});

afterAll(() => {
  if (runtimeName !== 'slipway') return;
  expect(hostState()).toEqual(before);
  // Containers have none of their own left; where parents are remembered nothing is remembered.
  expect(readdirSync(sandbox.root, { recursive: true })).toEqual(['@cgroups']);
});

// @shows runtime.md#errors: nothing is left of what failed
describe('nothing is left', () => {
  test(`after ${rounds} rounds of create, start, kill and delete`, { timeout }, async () => {
    const bundle = bundleIn('parent/child');
    const id = sandbox.id();
    for (let round = 0; round < rounds; round++) {
      await done('create', '-b', bundle, id);
      await done('start', id);
      await done('kill', id, 'KILL');
      await done('delete', '--force', id);
      expect(sandbox.leftovers()).toEqual([]);
    }
  });

  /** Runs a command that gets SIGKILL at a random moment of its life. */
  async function killed(...args: string[]): Promise<void> {
    const child = spawn(runtimePath, ['--root', sandbox.root, ...args], { stdio: 'ignore' });
    const ended = once(child, 'exit');
    const { promise, resolve } = Promise.withResolvers<void>();
    setTimeout(() => {
      child.kill('SIGKILL');
      resolve();
    }, Math.random() * 25);
    await promise;
    await ended;
  }

  test(`after delete --force, when SIGKILL ended create, ${rounds} times`, { timeout }, async () => {
    const bundle = bundleIn('parent/child');
    const id = sandbox.id();
    for (let round = 0; round < rounds; round++) {
      await killed('create', '-b', bundle, id);
      await done('delete', '--force', id);
      await nothingLeft();
    }
    await done('create', '-b', bundle, id);
    await done('delete', '--force', id);
    await nothingLeft();
  });

  test(`after delete --force, when SIGKILL ended delete, ${rounds} times`, { timeout }, async () => {
    const bundle = bundleIn('parent/child');
    const id = sandbox.id();
    for (let round = 0; round < rounds; round++) {
      await done('create', '-b', bundle, id);
      if (round % 2 === 0) await done('start', id);
      await killed('delete', '--force', id);
      await done('delete', '--force', id);
      await nothingLeft();
    }
  });

  test('after ten times 20 containers of 20 callers at once, below one parent', { timeout }, async () => {
    const bundles = Array.from({ length: 20 }, (_, index) => bundleIn(`shared/child-${index}`));
    for (let round = 0; round < 10; round++) {
      await Promise.all(
        bundles.map(async (bundle) => {
          const id = sandbox.id();
          await done('create', '-b', bundle, id);
          await done('start', id);
          await done('delete', '--force', id);
        }),
      );
      expect(sandbox.leftovers()).toEqual([]);
    }
  });
});
