// The same documents and bundles under slipway, runc and crun.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { copyBundles, hooksLog, makeSharedNamespaces } from './support/bundles.ts';
import { type Result, type RunOptions, runProgram, runtimeName, slipwayPath } from './support/runtime.ts';
import { type AnyConfig, Sandbox } from './support/sandbox.ts';

const sandbox = Sandbox.forFile();
const bundle = copyBundles(sandbox);

/** Runs a runtime with a state directory of its own below the sandbox. */
function runtime(path: string, args: readonly string[], options: Partial<RunOptions> = {}): Promise<Result> {
  const root = `${sandbox.root}-${basename(path)}`;
  mkdirSync(root, { recursive: true });
  return runProgram(path, ['--root', root, ...args], { folder: sandbox.folder, ...options });
}

/** The document that `spec` of a runtime writes. runc 1.3 has no ambient set, of which nothing could be raised. */
async function specOf(path: string): Promise<AnyConfig> {
  const folder = `${sandbox.folder}/spec-${basename(path)}`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  expect(await runtime(path, ['spec', '--bundle', folder])).toMatchObject({
    status: 0,
    stdout: '',
    stderr: '',
  });
  const document = JSON.parse(readFileSync(`${folder}/config.json`, 'utf8'));
  delete document.process.capabilities.ambient;
  return document;
}

/** A bundle of that document, with a program that says what it sees, and without terminal. */
async function bundleOf(path: string): Promise<string> {
  const document = await specOf(path);
  const bundle = sandbox.bundle((config) => {
    const { cgroupsPath } = config.linux;
    for (const key of Object.keys(config)) delete config[key];
    Object.assign(config, document);
    config.process.terminal = false;
    config.process.args = [
      'sh',
      '-c',
      'id -u; hostname; cat /proc/mounts; ls /dev; grep -E "^(Cap|NoNew)" /proc/self/status; env',
    ];
    config.linux.cgroupsPath = cgroupsPath;
  });
  return bundle;
}

const runtimes = [slipwayPath, '/usr/bin/runc', '/usr/bin/crun'];

describe.runIf(runtimeName === 'slipway')('spec', () => {
  test('writes the same document as runc, but for version, hostname and ambient set', async () => {
    const [own, peers] = await Promise.all([specOf(slipwayPath), specOf('/usr/bin/runc')]);
    expect({ ...own, ociVersion: '', hostname: '' }).toEqual({ ...peers, ociVersion: '', hostname: '' });
  });

  test.each(runtimes)('of slipway runs under %s', async (path) => {
    const result = await runtime(path, ['run', '--bundle', await bundleOf(slipwayPath), sandbox.id()]);
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(result.stdout).toMatch(/^0\nslipway\n/);
  });

  test('of runc runs under slipway, and the program sees the same as under runc', async () => {
    const bundle = await bundleOf('/usr/bin/runc');
    const [own, peers] = [
      await runtime(slipwayPath, ['run', '--bundle', bundle, sandbox.id()]),
      await runtime('/usr/bin/runc', ['run', '--bundle', bundle, sandbox.id()]),
    ];
    expect(own).toEqual(peers);
  });

  test('does not overwrite a config.json', async () => {
    const result = await runtime(slipwayPath, ['spec', '--bundle', sandbox.bundle()]);
    expect(result).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('config.json exists: remove it first'),
    });
  });
});

describe.runIf(runtimeName === 'slipway')('state', () => {
  test('has the fields and values of runc, save pid, time and version', async () => {
    const bundle = sandbox.script('sleep 1000', (config) => {
      config.annotations = { a: 'b' };
    });
    const id = sandbox.id();
    const states = [];
    for (const path of [slipwayPath, '/usr/bin/runc']) {
      try {
        expect((await runtime(path, ['create', '--bundle', bundle, id])).status).toBe(0);
        const text = (await runtime(path, ['state', id])).stdout;
        states.push(text.replace(/("(?:ociVersion|created)": )"[^"]*"|("pid": )\d+/g, '$1$2'));
      } finally {
        await runtime(path, ['delete', '--force', id]);
      }
    }
    expect(states[0]).toBe(states[1]);
  });
});

describe.runIf(runtimeName === 'slipway').each(runtimes)('under %s', (path) => {
  async function runBundle(name: string, options: Partial<RunOptions> = {}): Promise<Result> {
    const result = await runtime(path, ['run', '--bundle', bundle(name), sandbox.id()], options);
    expect(result).toMatchObject({ status: 0, stderr: '' });
    return result;
  }

  test('bundles/hello shows what a container sees', async () => {
    const { stdout } = await runBundle('hello');
    expect(stdout).toMatch(/^hello from a container\npid +1\n.*\nhostname +hello\n/);
    expect(stdout).toMatch(/\nmemory +67108864 bytes at most\ntasks +32 at most\ninterfaces +lo/);
  });

  test('bundles/shell runs the commands on its stdin', async () => {
    const stdin = `${sandbox.folder}/commands`;
    writeFileSync(stdin, 'echo $$; cat /proc/sys/kernel/hostname\n');
    expect((await runBundle('shell', { stdin })).stdout).toBe('1\nshell\n');
  });

  test('bundles/limits runs into every limit', async () => {
    expect((await runBundle('limits')).stdout.replaceAll(/ +/g, ' ').trim().split('\n')).toEqual([
      'memory 33554432 bytes',
      'processes 16',
      expect.stringMatching(/^cpu time 50000 /),
      'open files 64, at most 128',
      'oom score 500',
      'file size stopped at 1048576 bytes',
      'memory the process that took too much was killed',
      'processes fork refused',
    ]);
  });

  test('bundles/hooks runs its hooks in order', async () => {
    try {
      expect((await runBundle('hooks')).stdout).toMatch(
        /^the startContainer hook read this state:\n\{.*\}\n$/,
      );
      const kinds = readFileSync(hooksLog, 'utf8')
        .trim()
        .split('\n')
        .map((line) => line.split(':')[0]);
      expect(kinds).toEqual(['createRuntime', 'createContainer', 'poststart', 'poststop']);
    } finally {
      rmSync(hooksLog, { force: true });
    }
  });

  test('bundles/user-namespace shows the maps of its users', async () => {
    const { stdout } = await runBundle('user-namespace');
    expect(stdout).toMatch(/^user +1000, groups 1000 10\n/);
    expect(stdout).toMatch(/ 0 +100000 +1000\n +1000 +200000 +1000\n/);
    expect(stdout).toMatch(/\na file made +1000:1000\n/);
  });

  test('bundles/joined-namespaces is in the namespaces that unshare(1) made', async () => {
    const { network, remove } = makeSharedNamespaces();
    try {
      const { stdout } = await runBundle('joined-namespaces');
      expect(stdout).toContain(`net ${network}\n`);
      expect(stdout).toMatch(/\nhostname shared\n/);
    } finally {
      remove();
    }
  });
});
