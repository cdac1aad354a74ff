// State files of every version that there was: no upgrade leaves a container behind that runs (test/recorded has one of each).

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { startTimeOf } from '../src/host/process.ts';
import { stateVersion } from '../src/store/saved-state.ts';
import { runtimeName } from './support/runtime.ts';
import { type AnyConfig, Sandbox } from './support/sandbox.ts';
import { until } from './support/until.ts';
import { quiet } from './support/words.ts';

const sandbox = Sandbox.forFile();
const oldest = 3;
const versions = Array.from({ length: stateVersion - oldest + 1 }, (_, index) => oldest + index);

/** What belongs to a container, and not to the version of the slipway that wrote it. */
const ofContainer = [
  ...['id', 'bundle', 'rootfs', 'created', 'creator', 'outer', 'init'],
  ...['cgroups', 'cgroupParents', 'freezers', 'hooks', 'scope'],
];

function recorded(version: number): AnyConfig {
  return JSON.parse(readFileSync(`test/recorded/state-${version}.json`, 'utf8'));
}

/** A container that runs, as a slipway of that version would have written it down. */
async function running(version: number): Promise<{ id: string; file: string; state: AnyConfig }> {
  const id = sandbox.id();
  expect(await sandbox.run(['run', '-d', '-b', sandbox.script('exec sleep 1000'), id])).toMatchObject({
    status: 0,
    stderr: quiet,
  });
  const file = `${sandbox.root}/${id}/state.json`;
  const now = JSON.parse(readFileSync(file, 'utf8'));
  const then = recorded(version);
  const state = { ...then };
  for (const key of ofContainer) if (key in then) state[key] = now[key];
  writeFileSync(file, JSON.stringify(state));
  return { id, file, state };
}

describe.runIf(runtimeName === 'slipway')('a state file', () => {
  test('is recorded of each version', () => {
    expect(readdirSync('test/recorded').toSorted()).toEqual(
      versions.map((version) => `state-${version}.json`),
    );
    for (const version of versions) expect(recorded(version).version).toBe(version);
  });

  test.each(versions)('of version %i: state, list, exec, kill and delete work', async (version) => {
    const { id, state } = await running(version);
    // The answer of the launcher is made by the slipway that created it.
    expect(await sandbox.state(id)).toMatchObject({ id, status: 'running', pid: state.init.pid });
    const listed = await sandbox.run(['list', '--format', 'json']);
    expect(JSON.parse(listed.stdout)).toMatchObject([{ id, status: 'running' }]);
    expect(await sandbox.run(['exec', id, 'echo', 'in'])).toMatchObject({ status: 0, stdout: 'in\n' });
    expect(await sandbox.run(['kill', id, 'KILL'])).toMatchObject({ status: 0, stderr: quiet });
    await until(async () => (await sandbox.state(id)).status === 'stopped');
    expect(await sandbox.run(['delete', id])).toMatchObject({ status: 0, stderr: quiet });
  });

  test.each([
    [
      'of a newer version',
      (state: AnyConfig) => ({ ...state, version: stateVersion + 1 }),
      'written by a newer slipway',
    ],
    ['that lacks a part', ({ rootfs, ...state }: AnyConfig) => state, 'it is damaged'],
  ])('%s is refused, and delete --force ends what it names', async (_, change, words) => {
    const { id, file, state } = await running(stateVersion);
    writeFileSync(file, JSON.stringify(change(state)));
    expect((await sandbox.run(['kill', id, 'KILL'])).stderr).toContain(words);
    const { status, stderr } = await sandbox.run(['delete', '--force', id]);
    expect(status).toBe(0);
    expect(stderr).toContain('processes that it names have ended');
    expect(startTimeOf(state.init.pid)).toBe(null);
    expect(state.cgroups.filter(({ directory }: AnyConfig) => existsSync(directory))).toEqual([]);
    expect(existsSync(`${sandbox.root}/${id}`)).toBe(false);
  });
});
