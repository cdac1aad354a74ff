// Annotations that change what slipway does, and the version of the document (config.md#annotations, #specification-version).

import { existsSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runProgram, runtimeName, runtimePath } from './support/runtime.ts';
import { type AnyConfig, Sandbox } from './support/sandbox.ts';
import { expectRefusal, quiet, says } from './support/words.ts';

const sandbox = Sandbox.forFile();
const own = runtimeName === 'slipway';

/** The caller asks for annotations by name, in the tests of a group. */
function trusting(...names: readonly string[]): void {
  beforeEach(() => {
    sandbox.ownOptions = names.flatMap((name) => ['--trust-annotation', name]);
  });
  afterEach(() => {
    sandbox.ownOptions = [];
  });
}

describe('an annotation that reaches the host, and that the caller does not ask for', () => {
  const file = `${sandbox.folder}/of-an-image`;
  const annotations = {
    'run.oci.hooks.stdout': file,
    'run.oci.hooks.stderr': file,
    'run.oci.keep_original_groups': '1',
    'org.criu.config': file,
    'run.oci.seccomp.receiver': file,
  };

  test('has no effect, and a warning says which option asks for it (CVE-2026-53488)', async () => {
    const hook = { path: '/bin/sh', args: ['sh', '-c', 'echo said'] };
    const bundle = sandbox.script('grep ^Groups: /proc/self/status', (config) => {
      config.annotations = annotations;
      config.hooks = { prestart: [hook], createContainer: [hook], startContainer: [hook], poststop: [hook] };
    });
    const { status, stdout, stderr } = await runProgram(
      '/usr/bin/setpriv',
      ['--groups=1234', '--', runtimePath, '--root', sandbox.root, 'run', '-b', bundle, sandbox.id()],
      { folder: sandbox.folder },
    );
    expect({ status, stdout: stdout.trim() }).toEqual({ status: 0, stdout: 'Groups:' });
    expect(existsSync(file)).toBe(false);
    for (const name of own ? Object.keys(annotations) : [])
      expect(stderr).toContain(
        `/annotations/${name}: has no effect, because an image may have brought it; the option --trust-annotation ${name} asks for it`,
      );
  });

  test('is listed as potentially unsafe by features', async () => {
    const { potentiallyUnsafeConfigAnnotations } = JSON.parse((await sandbox.run(['features'])).stdout);
    for (const name of Object.keys(annotations)) expect(potentiallyUnsafeConfigAnnotations).toContain(name);
  });

  test('cannot be asked for by a name that means nothing', async () => {
    const options = ['--root', sandbox.root, '--trust-annotation', 'run.oci.handler', 'list'];
    expectRefusal(
      await runProgram(runtimePath, options, { folder: sandbox.folder }),
      '--trust-annotation: "run.oci.handler" is none of those that reach the host: run.oci.keep_original_groups',
    );
  });
});

// @shows /annotations
describe('run.oci.keep_original_groups', () => {
  trusting('run.oci.keep_original_groups');

  /** As root with two more groups. */
  const withGroups = (args: readonly string[]) =>
    runProgram(
      '/usr/bin/setpriv',
      ['--groups=1234,1235', '--', runtimePath, '--root', sandbox.root, ...sandbox.ownOptions, ...args],
      { folder: sandbox.folder },
    );
  const show = 'grep ^Groups: /proc/self/status';
  const groupsIn = (text: string) => text.trim().split(/\s+/).slice(1);

  test('"1" keeps the groups of the caller, for the program and for exec', async () => {
    const id = sandbox.id();
    const bundle = sandbox.script(`${show} > /dev/shm/groups; exec sleep 1000`, (config) => {
      config.annotations = { 'run.oci.keep_original_groups': '1' };
      config.process.user = { uid: 1000, gid: 1000, additionalGids: [7] };
    });
    expect(await withGroups(['run', '-d', '-b', bundle, id])).toMatchObject({ status: 0, stderr: quiet });
    const { pid } = await sandbox.state(id);
    expect(groupsIn(/^Groups:.*$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[0] ?? '')).toEqual([
      '1234',
      '1235',
    ]);
    expect(groupsIn((await withGroups(['exec', id, 'sh', '-c', show])).stdout)).toEqual(['1234', '1235']);
    await sandbox.run(['delete', '--force', id]);
  });

  test('in a user namespace they stay too, under the id of nobody', async () => {
    const bundle = sandbox.script(show, (config) => {
      config.annotations = { 'run.oci.keep_original_groups': '1' };
      config.linux.namespaces.push({ type: 'user' });
      config.linux.uidMappings = [{ containerID: 0, hostID: 100_000, size: 1000 }];
      config.linux.gidMappings = [{ containerID: 0, hostID: 200_000, size: 1000 }];
    });
    sandbox.giveRootfs(bundle);
    const { stdout } = await withGroups(['run', '-b', bundle, sandbox.id()]);
    expect(groupsIn(stdout)).toEqual(['65534', '65534']);
  });

  test.each(['0', ''])('%j sets those of config.json', async (value) => {
    const bundle = sandbox.script(show, (config) => {
      config.annotations = { 'run.oci.keep_original_groups': value };
      config.process.user = { uid: 0, gid: 0, additionalGids: [7] };
    });
    expect(groupsIn((await withGroups(['run', '-b', bundle, sandbox.id()])).stdout)).toEqual(['7']);
  });
});

// @shows /annotations
describe('run.oci.hooks.stdout and .stderr', () => {
  trusting('run.oci.hooks.stdout', 'run.oci.hooks.stderr');
  const kinds = ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'];

  function withHooks(files: { readonly stdout: string; readonly stderr: string }, status = 0): string {
    return sandbox.script('true', (config) => {
      config.annotations = { 'run.oci.hooks.stdout': files.stdout, 'run.oci.hooks.stderr': files.stderr };
      config.hooks = Object.fromEntries(
        kinds.map((kind) => [
          kind,
          [
            {
              path: '/bin/sh',
              args: [
                'sh',
                '-c',
                `echo ${kind}; echo ${kind}? >&2; exit ${kind === 'startContainer' ? status : 0}`,
              ],
            },
          ],
        ]),
      );
    });
  }

  test('are files that what hooks print is added to', async () => {
    const files = { stdout: `${sandbox.folder}/hooks.out`, stderr: `${sandbox.folder}/hooks.err` };
    for (let round = 0; round < 2; round++)
      expect(await sandbox.run(['run', '-b', withHooks(files), sandbox.id()])).toMatchObject({ status: 0 });
    const lines = (path: string) => readFileSync(path, 'utf8').trim().split('\n');
    expect(lines(files.stdout)).toEqual([...kinds, ...kinds]);
    expect(lines(files.stderr)).toEqual([...kinds, ...kinds].map((kind) => `${kind}?`));
  });

  test('have what a hook printed that failed, and so has the message', async () => {
    const files = { stdout: `${sandbox.folder}/failed.out`, stderr: `${sandbox.folder}/failed.err` };
    const { stderr } = await sandbox.run(['run', '-b', withHooks(files, 3), sandbox.id()]);
    expect(stderr).toEqual(
      says('startContainer hook #0: exit status 3, stdout: startContainer, stderr: startContainer?'),
    );
    expect(readFileSync(files.stdout, 'utf8')).toContain('startContainer\n');
  });

  // @refuses /annotations
  test('a file that cannot be opened is an error', async () => {
    const files = { stdout: '/nosuch/out', stderr: '/nosuch/err' };
    expectRefusal(
      await sandbox.run(['create', '-b', withHooks(files), sandbox.id()]),
      '/annotations/run.oci.hooks.stdout: open "/nosuch/out": no such file or directory (ENOENT)',
    );
  });
});

describe('run.oci.hooks.stdout with a startContainer hook in the pid namespace of another container', () => {
  trusting('run.oci.hooks.stdout');

  test('is refused: others could reach the file', async () => {
    const bundle = sandbox.bundle((config) => {
      config.annotations = { 'run.oci.hooks.stdout': `${sandbox.folder}/said` };
      config.hooks = { startContainer: [{ path: '/bin/true' }] };
      config.linux.namespaces.find(({ type }: AnyConfig) => type === 'pid').path = '/proc/self/ns/pid';
    });
    expectRefusal(
      await sandbox.run(['create', '-b', bundle, sandbox.id()]),
      /run\.oci\.hooks\.stdout: not with startContainer hooks in the pid namespace of another container/,
    );
  });
});

test.runIf(own)('one of crun that slipway does not have is a warning that names it', async () => {
  const names = ['run.oci.handler', 'run.oci.delegate-cgroup', 'run.oci.pidfd_receiver'];
  const bundle = sandbox.script('true', (config) => {
    config.annotations = Object.fromEntries([...names, 'org.example'].map((name) => [name, 'x']));
  });
  const { status, stderr } = await sandbox.run(['run', '-b', bundle, sandbox.id()]);
  expect(status).toBe(0);
  expect(stderr.match(/\/annotations\/[\w.-]+: slipway does not have it, ignored/g)?.length).toBe(
    names.length,
  );
  for (const name of names) expect(stderr).toContain(name);
});

// @refuses /annotations
test('run.oci.mount_context_type names an option that there is', async () => {
  const bundle = sandbox.bundle((config) => {
    config.annotations = { 'run.oci.mount_context_type': 'nocontext' };
  });
  expectRefusal(
    await sandbox.run(['create', '-b', bundle, sandbox.id()]),
    '/annotations/run.oci.mount_context_type: expected one of context, fscontext, defcontext, rootcontext',
  );
});

describe('ociVersion', () => {
  const withVersion = (ociVersion: AnyConfig) =>
    sandbox.script('true', (config) => {
      config.ociVersion = ociVersion;
    });

  // @refuses /ociVersion
  test.each(['2.0.0', '0.9.0'])('%s is refused', async (version) => {
    expectRefusal(
      await sandbox.run(['create', '-b', withVersion(version), sandbox.id()]),
      `/ociVersion: ${version} is not supported: expected a version from 1.0.0 to 1.3.0`,
    );
  });

  // @shows /ociVersion
  test.each(['1.0.0-rc5', '1.0.2-dev', '1.1.0+dev', '1.3.0', '1.3.9'])('%s runs', async (version) => {
    expect(await sandbox.run(['run', '-b', withVersion(version), sandbox.id()])).toMatchObject({
      status: 0,
      stderr: quiet,
    });
  });

  test('a newer one of the same major version runs, with a warning', async () => {
    const { status, stderr } = await sandbox.run(['run', '-b', withVersion('1.99.0'), sandbox.id()]);
    expect(status).toBe(0);
    expect(stderr).toEqual(says('/ociVersion: 1.99.0 is newer than 1.3.0'));
  });
});
