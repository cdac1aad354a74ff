// Nothing is left: after many lives, and after a `create` that was killed at any moment (runtime.md#errors).

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { runtimePath } from './support/runtime.ts';
import { Sandbox } from './support/sandbox.ts';
import { quiet } from './support/words.ts';

const sandbox = Sandbox.forFile();
const bundle = sandbox.script('sleep 1000', (config) => {
  // Parents of its own, in every hierarchy.
  config.linux.cgroupsPath = `/${sandbox.name}/parent/child`;
});

async function done(...args: string[]): Promise<void> {
  expect(await sandbox.run(args)).toEqual({ status: 0, stdout: '', stderr: quiet });
}

/** A process that was killed may take a moment to be gone. */
async function nothingLeft(): Promise<void> {
  for (let rounds = 0; rounds < 100 && sandbox.leftovers().length > 0; rounds++) await sleep(10);
  expect(sandbox.leftovers()).toEqual([]);
}

describe('nothing is left', () => {
  test('after 50 rounds of create, start, kill and delete', { timeout: 60_000 }, async () => {
    const mountTable = readFileSync('/proc/self/mountinfo', 'utf8');
    const id = sandbox.id();
    for (let round = 0; round < 50; round++) {
      await done('create', '-b', bundle, id);
      await done('start', id);
      await done('kill', id, 'KILL');
      await done('delete', '--force', id);
      expect(sandbox.leftovers()).toEqual([]);
    }
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).toBe(mountTable);
  });

  test('after delete --force when SIGKILL ended create within 0 to 40 ms', { timeout: 60_000 }, async () => {
    const id = sandbox.id();
    for (let delay = 0; delay <= 40; delay++) {
      const args = ['--root', sandbox.root, 'create', '-b', bundle, id];
      const child = spawn(runtimePath, args, { stdio: 'ignore' });
      const ended = once(child, 'exit');
      await sleep(delay);
      child.kill('SIGKILL');
      await ended;
      await done('delete', '--force', id);
      await nothingLeft();
    }
    await done('create', '-b', bundle, id);
    await done('delete', '--force', id);
    await nothingLeft();
  });
});
