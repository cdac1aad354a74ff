// The same documents and bundles under slipway, runc and crun.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Result, runProgram, runtimeName, slipwayPath } from './support/runtime.ts';
import { Sandbox } from './support/sandbox.ts';

const sandbox = Sandbox.forFile();

/** Runs a runtime with a state directory of its own below the sandbox. */
function runtime(path: string, args: readonly string[], cwd?: string): Promise<Result> {
  const root = `${sandbox.root}-${path.slice(path.lastIndexOf('/') + 1)}`;
  mkdirSync(root, { recursive: true });
  const options = { folder: sandbox.folder, ...(cwd === undefined ? {} : { cwd }) };
  return runProgram(path, ['--root', root, ...args], options);
}

/** The document that `spec` of a runtime writes. */
async function specOf(path: string): Promise<Record<string, unknown>> {
  const folder = `${sandbox.folder}/spec-${path.slice(path.lastIndexOf('/') + 1)}`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  expect(await runtime(path, ['spec', '--bundle', folder])).toMatchObject({
    status: 0,
    stdout: '',
    stderr: '',
  });
  return JSON.parse(readFileSync(`${folder}/config.json`, 'utf8'));
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
  test('writes the same document as runc, but for version and hostname', async () => {
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

describe.runIf(runtimeName === 'slipway')('bundles/hello', () => {
  test.each(runtimes)('runs under %s', async (path) => {
    const config = JSON.parse(readFileSync('bundles/hello/config.json', 'utf8'));
    config.linux.cgroupsPath = `/${sandbox.name}-hello`;
    config.root.path = `${process.cwd()}/bundles/hello/rootfs`;
    const folder = `${sandbox.folder}/hello`;
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/config.json`, JSON.stringify(config));
    const result = await runtime(path, ['run', '--bundle', folder, sandbox.id()]);
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(result.stdout).toMatch(/^hello from a container\npid +1\n.*\nhostname +hello\n/);
    expect(result.stdout).toMatch(/\nmemory +67108864 bytes at most\ntasks +32 at most\ninterfaces +lo/);
  });
});
