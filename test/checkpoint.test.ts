// checkpoint and restore: with a CRIU that can work here, a container goes on where it was; without one the error says so.

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { makeSharedNamespaces } from './support/bundles.ts';
import { type Result, runtimeName } from './support/runtime.ts';
import { type AnyConfig, Sandbox } from './support/sandbox.ts';
import { Terminals } from './support/terminal.ts';
import { until } from './support/until.ts';
import { expectRefusal, quiet } from './support/words.ts';

const sandbox = Sandbox.forFile();
const own = runtimeName === 'slipway';
const criuWorks = spawnSync('criu', ['check']).status === 0;
let started: string[] = [];
const terminals = new Terminals(sandbox);
let bundle = '';

/** A container that counts in a file of its root file system, and ends with status 9 after `last`. */
async function counting(last = 1000, change: (config: AnyConfig) => void = () => undefined): Promise<string> {
  const script = `i=0; while [ $i -lt ${last} ]; do i=$((i+1)); echo $i > /count; sleep 0.1; done; exit 9`;
  bundle = sandbox.script(script, (config) => {
    config.root.readonly = false;
    change(config);
  });
  const id = newId();
  await done('run', '-d', '-b', bundle, id);
  await until(() => existsSync(`${bundle}/rootfs/count`) && count() > 3);
  return id;
}

function newId(): string {
  const id = sandbox.id();
  started.push(id);
  return id;
}

function count(): number {
  return Number(readFileSync(`${bundle}/rootfs/count`, 'utf8'));
}

async function done(...args: string[]): Promise<Result> {
  const result = await sandbox.run(args);
  expect(result).toMatchObject({ status: 0, stderr: quiet });
  return result;
}

async function status(id: string): Promise<string> {
  return (await sandbox.state(id)).status;
}

afterEach(async () => {
  terminals.close();
  for (const id of started) await sandbox.run(['delete', '--force', id]);
  started = [];
  expect(sandbox.leftovers()).toEqual([]);
});

/** Either of the two can be seen on one machine. */
if (own && criuWorks) describe('with CRIU', { timeout: 60_000 }, withCriu);
if (own && !criuWorks) describe('without a CRIU that works', withoutCriu);

function withCriu(): void {
  test('checkpoint ends the container, restore continues its count', async () => {
    const id = await counting();
    const images = `${sandbox.folder}/images`;
    await done('checkpoint', '--image-path', images, id);
    expect((await sandbox.run(['state', id])).stderr).toContain('container does not exist');
    const before = count();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(count()).toBe(before);
    const again = newId();
    const pidFile = `${sandbox.folder}/pid`;
    await done('restore', '-d', '-b', bundle, '--image-path', images, '--pid-file', pidFile, again);
    expect(await status(again)).toBe('running');
    await until(() => count() > before);
    expect(count()).toBeLessThan(before + 100);
    const pid = readFileSync(pidFile, 'utf8');
    expect(readFileSync(`/proc/${pid}/cgroup`, 'utf8')).toContain(await sandbox.cgroupsPath(again));
    expect((await done('exec', again, 'cat', '/count')).stdout).toMatch(/^\d+\n$/);
    await done('delete', '--force', again);
  });

  test('--leave-running lets it go on', async () => {
    const id = await counting();
    await done('checkpoint', '--leave-running', '--image-path', `${sandbox.folder}/left`, id);
    expect(await status(id)).toBe('running');
    const before = count();
    await until(() => count() > before);
  });

  test('--pre-dump writes memory alone, and --parent-path builds on it', async () => {
    const id = await counting();
    const parent = `${sandbox.folder}/parent`;
    await done('checkpoint', '--pre-dump', '--image-path', parent, id);
    expect(await status(id)).toBe('running');
    expect(readdirSync(parent).some((name) => name.startsWith('pages-'))).toBe(true);
    const images = `${sandbox.folder}/child`;
    await done(
      'checkpoint',
      '--parent-path',
      '../parent',
      '--image-path',
      images,
      '--work-path',
      `${images}-work`,
      id,
    );
    expect(existsSync(`${images}/parent`)).toBe(true);
    expect(existsSync(`${images}-work/dump.log`)).toBe(true);
    const again = newId();
    await done('restore', '--detach', '--bundle', bundle, '--image-path', images, again);
    expect(await status(again)).toBe('running');
  });

  test('in the foreground restore ends with the status of the process', async () => {
    const id = await counting(40);
    const images = `${sandbox.folder}/foreground`;
    await done('checkpoint', '--image-path', images, id);
    expect(await sandbox.run(['restore', '-b', bundle, '--image-path', images, newId()])).toMatchObject({
      status: 9,
      stderr: quiet,
    });
    expect(count()).toBe(40);
  });

  test('a terminal is sent to --console-socket again, and the count goes on there', async () => {
    const first = `${sandbox.folder}/first.sock`;
    const before = await terminals.take('listen', first);
    const script = 'tty; i=0; while :; do read line; i=$((i+1)); echo "$line $i"; done';
    bundle = sandbox.script(script, (config) => {
      config.process.terminal = true;
    });
    const id = newId();
    await done('run', '-d', '-b', bundle, '--console-socket', first, id);
    await before.shows(/\/dev\/pts\/0\r\n/);
    before.type('one\r');
    await before.shows(/one 1\r\n/);
    const images = `${sandbox.folder}/terminal-images`;
    await done('checkpoint', '--image-path', images, id);
    const options = ['restore', '-d', '-b', bundle, '--image-path', images];
    expectRefusal(await sandbox.run([...options, newId()]), 'will detach without setting console socket');
    const second = `${sandbox.folder}/second.sock`;
    const after = await terminals.take('listen', second);
    await done(...options, '--console-socket', second, newId());
    expect(await after.report()).toMatch(/./);
    after.type('two\r');
    await after.shows(/two 2\r\n/);
  });

  test('in the foreground a terminal is that of the caller', async () => {
    bundle = sandbox.script('echo ready; while read line; do echo "got $line"; done; exit 4', (config) => {
      config.process.terminal = true;
    });
    const id = newId();
    const { terminal: before } = await terminals.run('run', '-b', bundle, id);
    await before.shows(/ready\r\n/);
    const images = `${sandbox.folder}/caller-images`;
    await done('checkpoint', '--image-path', images, id);
    expect(await before.report()).toMatch(/^\d+ restored$/);
    const { terminal: after } = await terminals.run('restore', '-b', bundle, '--image-path', images, newId());
    await until(async () => (await after.settings()) === 'changed');
    after.type('again\r');
    await after.shows(/got again\r\n/);
    after.type('\x04');
    expect(await after.report()).toBe('4 restored');
  });

  test('hooks of the runtime run before the processes go on', async () => {
    const id = await counting();
    const images = `${sandbox.folder}/hooked`;
    await done('checkpoint', '--image-path', images, id);
    const at = count();
    const config = JSON.parse(readFileSync(`${bundle}/config.json`, 'utf8'));
    const log = `${sandbox.folder}/hook.log`;
    const hook = {
      path: '/bin/sh',
      args: [
        'sh',
        '-c',
        `sed 's/.*"pid":\\([0-9]*\\).*/\\1/' > ${log}; echo >> ${log}; cat ${bundle}/rootfs/count >> ${log}; sleep 0.5`,
      ],
    };
    config.hooks = { createRuntime: [hook] };
    writeFileSync(`${bundle}/config.json`, JSON.stringify(config));
    const again = newId();
    await done('restore', '-d', '-b', bundle, '--image-path', images, again);
    const { pid } = await sandbox.state(again);
    expect(readFileSync(log, 'utf8').trim().split('\n')).toEqual([String(pid), String(at)]);
    await until(() => count() > at);
    await done('delete', '--force', again);
    config.hooks = { createRuntime: [{ path: '/bin/false' }] };
    writeFileSync(`${bundle}/config.json`, JSON.stringify(config));
    const before = count();
    expectRefusal(
      await sandbox.run(['restore', '-d', '-b', bundle, '--image-path', images, newId()]),
      'createRuntime',
    );
    expect(count()).toBe(before);
  });

  test('a network namespace that is shared with others is joined again', async () => {
    const { network, remove } = makeSharedNamespaces();
    try {
      const id = await counting(1000, (config) => {
        const joined = { type: 'network', path: '/run/slipway-net' };
        config.linux.namespaces = [
          ...config.linux.namespaces.filter(({ type }: AnyConfig) => type !== 'network'),
          joined,
        ];
      });
      const images = `${sandbox.folder}/shared`;
      await done('checkpoint', '--image-path', images, id);
      const again = newId();
      await done('restore', '-d', '-b', bundle, '--image-path', images, again);
      expect((await done('exec', again, 'readlink', '/proc/self/ns/net')).stdout).toBe(`${network}\n`);
      await done('delete', '--force', again);
    } finally {
      remove();
    }
  });

  test('says what CRIU logs when it fails, and leaves nothing', async () => {
    const id = await counting();
    const images = `${sandbox.folder}/broken`;
    await done('checkpoint', '--image-path', images, id);
    spawnSync('truncate', ['-s', '3', `${images}/pstree.img`]);
    const again = newId();
    expectRefusal(
      await sandbox.run(['restore', '-b', bundle, '--image-path', images, again]),
      /criu restore failed: .+; log file: .*\/broken\/restore.log/,
    );
    expect(existsSync(`${sandbox.root}/${again}`)).toBe(false);
  });

  test('--help ends well', async () => {
    expect(await sandbox.run(['checkpoint', '--help'])).toMatchObject({ status: 0, stderr: '' });
  });
}

function withoutCriu(): void {
  const why = /^checkpoint and restore need CRIU: criu: \S+/;

  test('checkpoint and restore say what is missing, and change nothing', async () => {
    const id = await counting();
    expectRefusal(await sandbox.run(['checkpoint', '--image-path', `${sandbox.folder}/none`, id]), why);
    expect(await status(id)).toBe('running');
    const elsewhere = { env: { PATH: '/nowhere' } };
    expectRefusal(
      await sandbox.run(['checkpoint', id], elsewhere),
      'criu: executable file not found in $PATH: install it (package criu)',
    );
  });

  test('--help tells engines so', async () => {
    const result = await sandbox.run(['checkpoint', '--help']);
    expect(result).toMatchObject({ status: 1, stderr: expect.stringMatching(why) });
    expect(result.stdout).toContain('--image-path');
  });
}

test('refuse a container that does not run, and images that are none', async () => {
  const id = newId();
  await done('create', '-b', sandbox.script('true'), id);
  const nowhere = `${sandbox.folder}/nosuch`;
  expectRefusal(
    await sandbox.run(['checkpoint', '--image-path', nowhere, id]),
    /cannot be checkpointed in (the )?created state/i,
  );
  expectRefusal(
    await sandbox.run(['restore', '-b', sandbox.script('true'), '--image-path', nowhere, newId()]),
    `no checkpoint in "${nowhere}"`,
  );
});
