// What a container sees is the same under slipway, runc and crun, value by value; every difference has a reason.

import { copyFileSync, mkdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exampleConfig } from '../src/spec/example.ts';
import { bundleNames, copyBundles, hooksLog, makeSharedNamespaces } from './support/bundles.ts';
import { compileProbe } from './support/compile.ts';
import { differenceReason, differenceReasons } from './support/inside-differences.ts';
import { runProgram, runtimeName, slipwayPath } from './support/runtime.ts';
import { type AnyConfig, Sandbox } from './support/sandbox.ts';

const sandbox = Sandbox.forFile();
const runtimes = [slipwayPath, '/usr/bin/runc', '/usr/bin/crun'];
const probe = `${sandbox.folder}/probe`;
let shared: ReturnType<typeof makeSharedNamespaces>;

beforeAll(() => {
  compileProbe('probe', sandbox.folder);
  shared = makeSharedNamespaces();
});

afterAll(() => {
  shared.remove();
  rmSync(hooksLog, { force: true });
});

/** Has the probe run in place of the program. */
function asProbe(config: AnyConfig): void {
  config.process.args = ['/probe', 'an argument'];
}

/** Subjects and values that the probe prints under a runtime. */
async function seen(path: string, bundlePath: string): Promise<Map<string, string>> {
  const root = `${sandbox.folder}/state-${basename(path)}`;
  mkdirSync(root, { recursive: true });
  // A keyring with the name of one that has just ended would still be the same.
  const id = sandbox.id();
  const args = ['--root', root, 'run', '--bundle', bundlePath, id];
  const result = await runProgram(path, args, { folder: sandbox.folder });
  expect(result).toMatchObject({ status: 0, stderr: '' });
  const text = result.stdout.replaceAll(id, 'ID').replaceAll(bundlePath, 'BUNDLE');
  const found = new Map<string, string>();
  for (const line of text.split('\n').filter(Boolean)) {
    const [subject, value] = comparable(...(line.split('\t', 2) as [string, string]));
    // Mounts on top of each other.
    const before = [...found.keys()].filter(
      (key) => key === subject || key.startsWith(`${subject} (`),
    ).length;
    found.set(before === 0 ? subject : `${subject} (${before + 1})`, value);
  }
  return found;
}

/** Without what differs from one run to the next: numbers of namespaces, mounts and devices. */
function comparable(subject: string, value = ''): [string, string] {
  if (subject.startsWith('namespace ')) return [subject, whose(value)];
  // In the order in which they were written.
  if (subject.endsWith('/devices.list'))
    return [
      subject,
      value
        .split(/(?<=m) /)
        .toSorted()
        .join(),
    ];
  if (!/^mount \d/.test(subject)) return [subject, value];
  const [, , , root, mountpoint, options, ...rest] = value.split(' ');
  const peers = rest.slice(0, rest.indexOf('-')).map((field) => field.replace(/:\d+$/, ''));
  const system = rest.slice(rest.indexOf('-') + 1).join(' ');
  return [`mount ${mountpoint}`, `${root} ${options} [${peers.join(' ')}] ${system}`];
}

function whose(namespace: string): string {
  const type = namespace.slice(0, namespace.indexOf(':'));
  if (namespace === readlinkSync(`/proc/self/ns/${type}`)) return 'of the host';
  return namespace === shared.network ? 'the shared one' : `a new ${type}`;
}

/** Lines of what differs, without what has a reason. Each runtime gets a bundle that no other has changed. */
async function unexplained(name: string, makeBundle: () => string): Promise<string[]> {
  const results = [];
  for (const path of runtimes) {
    const bundle = makeBundle();
    copyFileSync(probe, `${bundle}/${name === 'spec' ? '' : '../'}rootfs/probe`);
    results.push([basename(path), await seen(path, bundle)] as const);
    rmSync(bundle, { recursive: true });
  }
  const [[, ours], ...others] = results as [(typeof results)[0], ...typeof results];
  return others.flatMap(([peer, theirs]) =>
    [...new Set([...ours.keys(), ...theirs.keys()])]
      .filter((subject) => ours.get(subject) !== theirs.get(subject))
      .filter((subject) => differenceReason(name, peer, subject) === undefined)
      .map((subject) => `${peer}: ${subject}: ${ours.get(subject)} | ${theirs.get(subject)}`),
  );
}

describe.runIf(runtimeName === 'slipway')('a container sees the same as under runc and crun', () => {
  // @shows /linux
  test.each(bundleNames)('with the config of bundles/%s', async (name) => {
    expect(await unexplained(name, () => copyBundles(sandbox)(name, asProbe))).toEqual([]);
  });

  // @shows config-linux.md#default-filesystems: /proc, /sys, /dev/pts and /dev/shm
  test('with the config of runc spec', async () => {
    const makeBundle = () =>
      sandbox.bundle((config) => {
        Object.assign(config, exampleConfig(false), { linux: config.linux });
        config.process.terminal = false;
        config.linux.cgroupsPath = `/${sandbox.name}-spec`;
        asProbe(config);
      });
    expect(await unexplained('spec', makeBundle)).toEqual([]);
  });

  test.each(differenceReasons)('test/README.md gives the reason: %s', (reason) => {
    expect(readFileSync('test/README.md', 'utf8').replaceAll(/\s+/g, ' ')).toContain(reason);
  });
});
