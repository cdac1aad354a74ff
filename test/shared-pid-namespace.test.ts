// A container in the pid namespace of another one, as `docker run --pid=container:ID` and pods have it: everything else is
// as in a pid namespace of its own, though its process is parked while its root file system is made.

import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AnyConfig, cgroupDirectory, Sandbox } from './support/sandbox.ts';
import { Terminals } from './support/terminal.ts';
import { quiet } from './support/words.ts';

const sandbox = Sandbox.forFile();
const terminals = new Terminals(sandbox);
const host = sandbox.id();
let pidOfHost = 0;

beforeAll(async () => {
  await sandbox.run(['run', '-d', '-b', sandbox.script('exec sleep 1000'), host]);
  pidOfHost = (await sandbox.state(host)).pid;
});

afterAll(() => terminals.close());

/** A script that runs in that pid namespace. */
function script(text: string, change: (config: AnyConfig) => void = () => undefined): string {
  return sandbox.script(text, (config) => {
    const { namespaces } = config.linux;
    namespaces.find(({ type }: AnyConfig) => type === 'pid').path = `/proc/${pidOfHost}/ns/pid`;
    change(config);
  });
}

test('shows the processes of both at /proc, and has a number there itself', async () => {
  const output = await sandbox.output(script('cat /proc/1/comm; readlink /proc/self; echo $$'));
  expect(output).toMatch(/^sleep\n\d+\n\d+\n$/);
  expect(output).not.toMatch(/\n1\n/);
});

test('ends with the status of its program, and passes signals on', async () => {
  const result = await sandbox.run(['run', '-b', script('kill -USR1 $$'), sandbox.id()]);
  expect(result.status).toBe(128 + 10);
});

test.each([1, 2])('fits into a limit of %i processes', async (limit) => {
  const id = sandbox.id();
  const bundle = script('exec sleep 1000', (config) => {
    config.linux.resources.pids = { limit };
  });
  expect(await sandbox.run(['run', '-d', '-b', bundle, id])).toMatchObject({ status: 0, stderr: quiet });
  const { pid } = await sandbox.state(id);
  for (const controller of ['pids', 'memory']) {
    const directory = cgroupDirectory(controller, await sandbox.cgroupsPath(id));
    expect(readFileSync(`${directory}/cgroup.procs`, 'utf8')).toBe(`${pid}\n`);
  }
});

test('has a cgroup namespace of its own, whose root is its cgroup', async () => {
  const bundle = script('cat /proc/self/cgroup', (config) => {
    if (!config.linux.namespaces.some(({ type }: AnyConfig) => type === 'cgroup'))
      config.linux.namespaces.push({ type: 'cgroup' });
  });
  const lines = (await sandbox.output(bundle)).trim().split('\n');
  expect(lines.filter((line) => !line.endsWith(':/'))).toEqual([]);
});

test('is named to hooks by its number in that namespace', async () => {
  const file = `${sandbox.folder}/hooks`;
  const hook = (path: string) => ({ path: '/bin/sh', args: ['sh', '-c', `cat >> ${path}; echo >> ${path}`] });
  const bundle = script('cat /tmp/hooks; readlink /proc/self; echo $$; sleep 1000', (config) => {
    config.root.readonly = false;
    config.hooks = {
      createRuntime: [hook(file)],
      createContainer: [hook(file)],
      startContainer: [hook('/tmp/hooks')],
    };
  });
  const id = sandbox.id();
  expect(await sandbox.run(['create', '-b', bundle, id])).toMatchObject({ status: 0, stderr: quiet });
  const { pid } = await sandbox.state(id);
  const inside = Number(/^NSpid:.*\s(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  expect(await sandbox.run(['start', id])).toMatchObject({ status: 0, stderr: quiet });
  const states = [file, `${bundle}/rootfs/tmp/hooks`].flatMap((path) =>
    readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  );
  expect(states.map((state) => [state.status, state.pid])).toEqual([
    ['creating', pid],
    ['creating', inside],
    ['created', inside],
  ]);
});

describe('a terminal', () => {
  const at = (text: string) =>
    script(`tty; test -c /dev/console && echo > /dev/tty && ${text}`, (config) => {
      config.process.terminal = true;
    });

  test('is that of the caller in the foreground', async () => {
    const { terminal } = await terminals.run('run', '-b', at('echo controls'), sandbox.id());
    await terminal.shows(/\/dev\/pts\/0\r\n\r\ncontrols\r\n/);
    expect(await terminal.report()).toBe('0 restored');
  });

  test('is sent to --console-socket', async () => {
    const socket = `${sandbox.folder}/console.sock`;
    const engine = await terminals.take('listen', socket);
    const id = sandbox.id();
    const options = ['run', '-d', '-b', at('read line; echo "got $line"'), '--console-socket', socket, id];
    expect(await sandbox.run(options)).toEqual({ status: 0, stdout: '', stderr: quiet });
    expect(await engine.report()).toMatch(/ptmx$/);
    engine.type('hello\r');
    await engine.shows(/got hello\r\n/);
  });
});

describe('what fails', () => {
  test.each([
    ['a mount', { destination: '/x', type: 'bind', source: '/nosuch', options: ['bind'] }],
    ['a mount on /proc/sys', { destination: '/proc/sys', type: 'tmpfs', source: 'tmpfs' }],
  ])('%s leaves nothing', async (_, mount) => {
    const id = sandbox.id();
    const bundle = script('true', (config) => config.mounts.push(mount));
    const result = await sandbox.run(['create', '-b', bundle, id]);
    expect(result.status).not.toBe(0);
    expect(existsSync(`${sandbox.root}/${id}`)).toBe(false);
    expect(readFileSync(`/proc/${pidOfHost}/comm`, 'utf8')).toBe('sleep\n');
  });
});
