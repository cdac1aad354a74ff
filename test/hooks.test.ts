// Hooks (config.md#posix-platform-hooks): when, where and with what they run, and what their failure does.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { runtimeName } from './support/runtime.ts';
import { type AnyConfig, Sandbox } from './support/sandbox.ts';
import { expectRefusal, quiet, says } from './support/words.ts';

const sandbox = Sandbox.forFile();

const onHost = ['prestart', 'createRuntime', 'poststart', 'poststop'] as const;
const atCreate = ['prestart', 'createRuntime', 'createContainer'] as const;

/** A hook that runs a shell script of the host, or of the container. */
function shell(script: string, more: object = {}): AnyConfig {
  return { path: '/bin/sh', args: ['sh', '-c', script], ...more };
}

type Request = {
  readonly hooks: object;
  readonly script?: string;
  readonly change?: (config: AnyConfig) => void;
};

function bundleWith({ hooks, script = 'true', change = () => undefined }: Request): string {
  return sandbox.script(script, (config) => {
    config.hooks = hooks;
    config.root.readonly = false;
    change(config);
  });
}

/** A file of the host for what hooks say; in the container it is /said. */
function sayings() {
  const path = `${sandbox.folder}/said-${sandbox.id()}`;
  writeFileSync(path, '', { mode: 0o666 });
  return {
    path,
    lines: () => readFileSync(path, 'utf8').split('\n').filter(Boolean),
    mount: (config: AnyConfig) => {
      config.mounts.push({ destination: '/said', source: path, options: ['bind'] });
    },
  };
}

describe('hooks', () => {
  // @shows /hooks
  // @shows /hooks/{prestart,createRuntime,createContainer,startContainer,poststart,poststop}
  // @shows runtime.md#lifecycle: hooks run at their places
  test('run in the order of the life cycle, each kind in the order given', async () => {
    const said = sayings();
    const say = (kind: string, path: string) =>
      [1, 2].map((number) => shell(`echo ${kind} ${number} >> ${path}`));
    const bundle = bundleWith({
      hooks: {
        ...Object.fromEntries([...onHost, 'createContainer'].map((kind) => [kind, say(kind, said.path)])),
        startContainer: say('startContainer', '/said'),
      },
      script: 'echo program >> /said',
      change: said.mount,
    });
    const id = sandbox.id();
    expect(await sandbox.run(['create', '-b', bundle, id])).toMatchObject({ status: 0, stderr: quiet });
    const created = ['prestart', 'createRuntime', 'createContainer'].flatMap((kind) => [
      `${kind} 1`,
      `${kind} 2`,
    ]);
    expect(said.lines()).toEqual(created);
    expect(await sandbox.run(['start', id])).toMatchObject({ status: 0, stderr: quiet });
    // The program runs beside the poststart hooks.
    const started = said.lines().filter((line) => line !== 'program');
    expect(started.slice(created.length)).toEqual([
      'startContainer 1',
      'startContainer 2',
      'poststart 1',
      'poststart 2',
    ]);
    await sandbox.run(['delete', '--force', id]);
    expect(said.lines().slice(-2)).toEqual(['poststop 1', 'poststop 2']);
    expect(said.lines()).toContain('program');
  });

  test.each([
    ['prestart', 'creating'],
    ['createRuntime', 'creating'],
    ['createContainer', 'creating'],
    ['startContainer', 'created'],
    ['poststart', 'running'],
    ['poststop', 'stopped'],
  ])('%s reads the state on stdin, with status %s', async (kind, status) => {
    const said = sayings();
    const path = kind === 'startContainer' ? '/said' : said.path;
    const bundle = bundleWith({
      hooks: { [kind]: [shell(`cat >> ${path}`)] },
      script: 'sleep 100',
      change: (config) => {
        said.mount(config);
        config.annotations = { 'com.example.key': 'a "value"' };
      },
    });
    const id = sandbox.id();
    expect(await sandbox.run(['run', '-d', '-b', bundle, id])).toMatchObject({ status: 0, stderr: quiet });
    const { pid } = await sandbox.state(id);
    await sandbox.run(['delete', '--force', id]);
    const inside = kind === 'createContainer' || kind === 'startContainer';
    expect(JSON.parse(said.lines().join('\n'))).toEqual({
      // A peer names the version that it was written for.
      ociVersion: runtimeName === 'slipway' ? '1.0.2' : expect.any(String),
      id,
      status,
      ...(kind === 'poststop' ? {} : { pid: inside ? 1 : pid }),
      bundle,
      annotations: { 'com.example.key': 'a "value"' },
    });
  });

  // @shows /hooks/{prestart,createRuntime,createContainer,startContainer,poststart,poststop}
  test('are in the runtime or the container namespaces, before or after the change of the root', async () => {
    const said = sayings();
    const look = (kind: string, path: string, root: string) =>
      shell(
        `echo ${kind} $(readlink /proc/self/ns/net) $(readlink /proc/self/ns/mnt) $(grep -c ' ${root}/proc ' /proc/self/mountinfo) >> ${path}`,
      );
    const bundle = bundleWith({ hooks: {}, script: 'true' });
    const config = JSON.parse(readFileSync(`${bundle}/config.json`, 'utf8'));
    said.mount(config);
    config.hooks = {
      createRuntime: [look('createRuntime', said.path, `${bundle}/rootfs`)],
      createContainer: [look('createContainer', said.path, `${bundle}/rootfs`)],
      startContainer: [look('startContainer', '/said', '')],
    };
    config.process.args = [
      '/bin/sh',
      '-c',
      'echo program $(readlink /proc/self/ns/net) $(readlink /proc/self/ns/mnt) 1 >> /said',
    ];
    writeFileSync(`${bundle}/config.json`, JSON.stringify(config));
    expect(await sandbox.run(['run', '-b', bundle, sandbox.id()])).toMatchObject({
      status: 0,
      stderr: quiet,
    });
    const [runtime = '', container = '', start = '', program = ''] = said
      .lines()
      .map((line) => line.replace(/^\w+ /, ''));
    expect(container).toBe(program);
    expect(start).toBe(program);
    expect(runtime.split(' ')[0]).not.toBe(program.split(' ')[0]);
    expect(runtime.split(' ')[1]).not.toBe(program.split(' ')[1]);
    // The container's mounts are not in the runtime's mount namespace.
    expect(runtime.split(' ')[2]).toBe('0');
  });

  test('run in the bundle; createContainer hooks in the root file system, startContainer hooks in cwd', async () => {
    const said = sayings();
    const bundle = bundleWith({
      hooks: {
        createRuntime: [shell(`pwd >> ${said.path}`)],
        createContainer: [shell(`pwd >> ${said.path}`)],
        startContainer: [shell('pwd >> /said')],
      },
      change: (config) => {
        said.mount(config);
        config.process.cwd = '/tmp';
      },
    });
    await sandbox.output(bundle);
    expect(said.lines()).toEqual([bundle, `${bundle}/rootfs`, '/tmp']);
  });

  // @shows /hooks/{prestart,createRuntime,createContainer,startContainer,poststart,poststop}/*/path
  // @shows /hooks/{prestart,createRuntime,createContainer,startContainer,poststart,poststop}/*/{args,env}
  test('get exactly the arguments and the environment that are given', async () => {
    const said = sayings();
    // Builtins alone: /proc/self is the shell then, whichever procfs it sees.
    const script = (path: string) =>
      `read -r line < /proc/self/cmdline; read -r env < /proc/self/environ
      echo "\${line%%-c*} $0 $* / $env" >> ${path}`;
    const hook = (path: string) => ({
      path: '/bin/sh',
      args: ['-sh', '-c', script(path), 'zero', 'one'],
      env: ['A=1', 'B=x y=z'],
    });
    const bundle = bundleWith({
      hooks: {
        createRuntime: [hook(said.path)],
        createContainer: [hook(said.path)],
        startContainer: [hook('/said')],
      },
      change: said.mount,
    });
    await sandbox.output(bundle);
    expect(said.lines()).toEqual(Array.from({ length: 3 }, () => '-sh zero one / A=1B=x y=z'));
  });

  // @shows /hooks/{prestart,createRuntime,createContainer,startContainer,poststart,poststop}/*/{args,env}
  test('without env get the environment of the runtime, in the container that of the program', async () => {
    const said = sayings();
    const hook = (path: string) => ({ path: '/bin/sh', args: ['sh', '-c', `echo "$FROM" >> ${path}`] });
    const bundle = bundleWith({
      hooks: {
        createRuntime: [hook(said.path)],
        createContainer: [hook(said.path)],
        startContainer: [hook('/said')],
      },
      change: (config) => {
        said.mount(config);
        config.process.env.push('FROM=program');
      },
    });
    await sandbox.run(['run', '-b', bundle, sandbox.id()], { env: { FROM: 'runtime' } });
    expect(said.lines()).toEqual(['runtime', 'program', 'program']);
  });

  // @shows /hooks/{prestart,createRuntime,createContainer,startContainer,poststart,poststop}/*/timeout
  test('take the longest timeout that can be given', async () => {
    const hook = shell('sleep 0.1', { timeout: 2_147_483_647 });
    await sandbox.output(bundleWith({ hooks: { createRuntime: [hook], createContainer: [hook] } }));
  });

  test('that leave a process behind do not hold the runtime up', async () => {
    const hook = shell('sleep 7 & exit 0');
    const bundle = bundleWith({ hooks: { createRuntime: [hook], poststop: [hook] } });
    const began = performance.now();
    await sandbox.output(bundle);
    expect(performance.now() - began).toBeLessThan(5000);
  });

  test('in a user namespace run with its ids', async () => {
    const said = sayings();
    const bundle = bundleWith({
      hooks: { createContainer: [shell(`id -u >> ${said.path}; cat /proc/self/uid_map >> ${said.path}`)] },
      change: (config) => {
        config.linux.namespaces.push({ type: 'user' });
        config.linux.uidMappings = config.linux.gidMappings = [{ containerID: 0, hostID: 0, size: 10 }];
      },
    });
    await sandbox.output(bundle);
    expect(said.lines().map((line) => line.trim().replace(/\s+/g, ' '))).toEqual(['0', '0 0 10']);
  });
});

// @refuses /hooks/{prestart,createRuntime,createContainer,startContainer,poststart,poststop}
describe('a hook that fails', () => {
  const failing = shell('echo out; echo err >&2; exit 3');

  // @shows runtime.md#lifecycle: a hook that fails stops and removes the container; at poststop it is a warning
  test.each(atCreate)('at %s fails create, with its words, and leaves nothing', async (kind) => {
    const said = sayings();
    const bundle = bundleWith({
      hooks: {
        [kind]: [shell('true'), failing, shell(`echo next >> ${said.path}`)],
        poststop: [shell(`echo poststop >> ${said.path}`)],
      },
    });
    const id = sandbox.id();
    const result = await sandbox.run(['create', '-b', bundle, id]);
    expectRefusal(
      result,
      new RegExp(
        `/hooks/${kind}/1: error running ${kind} hook #1: exit status 3, stdout: out, stderr: err\n$`,
      ),
    );
    expect(said.lines()).toEqual(['poststop']);
    expect(existsSync(`${sandbox.root}/${id}`)).toBe(false);
    expect(sandbox.leftovers()).toEqual([]);
  });

  // @shows runtime.md#lifecycle: a hook that fails stops and removes the container; at poststop it is a warning
  test.each(['startContainer', 'poststart'])('at %s fails start and removes the container', async (kind) => {
    const said = sayings();
    const bundle = bundleWith({
      hooks: { [kind]: [failing], poststop: [shell(`echo poststop >> ${said.path}`)] },
      script: 'sleep 100',
    });
    const id = sandbox.id();
    expect(await sandbox.run(['create', '-b', bundle, id])).toMatchObject({ status: 0, stderr: quiet });
    const result = await sandbox.run(['start', id]);
    expectRefusal(result, `error running ${kind} hook #0: exit status 3, stdout: out, stderr: err\n`);
    expect(said.lines()).toEqual(['poststop']);
    expect(sandbox.leftovers()).toEqual([]);
  });

  test.each([...atCreate, 'startContainer', 'poststart'])(
    'at %s fails run, and leaves nothing',
    async (kind) => {
      const bundle = bundleWith({ hooks: { [kind]: [failing] }, script: 'sleep 100' });
      const result = await sandbox.run(['run', '-b', bundle, sandbox.id()]);
      expectRefusal(result, `error running ${kind} hook #0: exit status 3`);
      expect(sandbox.leftovers()).toEqual([]);
    },
  );

  // @shows runtime.md#lifecycle: a hook that fails stops and removes the container; at poststop it is a warning
  test('at poststop is a warning, and the next one runs', async () => {
    const said = sayings();
    const bundle = bundleWith({ hooks: { poststop: [failing, shell(`echo next >> ${said.path}`)] } });
    const result = await sandbox.run(['run', '-b', bundle, sandbox.id()]);
    expect(result.status).toBe(0);
    expect(result.stderr).toEqual(says(/level=warning msg=.*error running poststop hook #0: exit status 3/));
    expect(said.lines()).toEqual(['next']);
  });

  // @refuses /hooks/{prestart,createRuntime,createContainer,startContainer,poststart,poststop}/*/path
  test.each([...atCreate, 'startContainer'])('because %s does not exist says so', async (kind) => {
    const bundle = bundleWith({ hooks: { [kind]: [{ path: '/nosuch' }] } });
    const result = await sandbox.run(['run', '-b', bundle, sandbox.id()]);
    expectRefusal(
      result,
      `error running ${kind} hook #0: fork/exec /nosuch: no such file or directory (ENOENT), stdout: , stderr: \n`,
    );
    expect(sandbox.leftovers()).toEqual([]);
  });

  test.each(atCreate)('because %s is neither script nor program says so', async (kind) => {
    const path = `${sandbox.folder}/no-program`;
    writeFileSync(path, 'true\n', { mode: 0o755 });
    const bundle = bundleWith({ hooks: { [kind]: [{ path }] } });
    const result = await sandbox.run(['run', '-b', bundle, sandbox.id()]);
    expectRefusal(result, `error running ${kind} hook #0: fork/exec ${path}: exec format error (ENOEXEC)`);
    expect(sandbox.leftovers()).toEqual([]);
  });

  // @shows /hooks/{prestart,createRuntime,createContainer,startContainer,poststart,poststop}/*/timeout
  test.each([...atCreate, 'startContainer', 'poststart'])(
    'because %s hangs past its timeout is killed',
    async (kind) => {
      const bundle = bundleWith({
        hooks: { [kind]: [shell('echo before; sleep 60', { timeout: 1 })] },
        script: 'sleep 100',
      });
      const result = await sandbox.run(['run', '-b', bundle, sandbox.id()]);
      expectRefusal(
        result,
        `error running ${kind} hook #0: hook ran past specified timeout of 1.0s, stdout: before`,
      );
      expect(sandbox.leftovers()).toEqual([]);
    },
  );

  test.each([...atCreate, 'startContainer'])('because a signal ended %s names the signal', async (kind) => {
    const bundle = bundleWith({ hooks: { [kind]: [shell('kill -TERM $$')] } });
    const result = await sandbox.run(['run', '-b', bundle, sandbox.id()]);
    expectRefusal(result, `error running ${kind} hook #0: signal: SIGTERM`);
  });
});
