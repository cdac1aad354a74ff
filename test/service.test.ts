// What a service manager gives slipway: sockets (sd_listen_fds(3)), and a socket that wants to know of readiness (sd_notify(3)).

import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, existsSync, writeFileSync } from 'node:fs';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { compileProbe } from './support/compile.ts';
import { runProgram, runtimeName, runtimePath } from './support/runtime.ts';
import { Sandbox } from './support/sandbox.ts';
import { until } from './support/until.ts';

const sandbox = Sandbox.forFile();
const program = `${sandbox.folder}/datagram`;
let manager: ChildProcess | null = null;
let heard = '';
let id = '';

/** A service manager that listens. */
async function listen(socket: string): Promise<void> {
  heard = '';
  manager = spawn(program, ['listen', socket], { stdio: ['ignore', 'pipe', 'inherit'] });
  manager.stdout?.on('data', (data) => {
    heard += data;
  });
  await until(() => existsSync(socket));
}

beforeAll(() => {
  compileProbe('datagram', sandbox.folder);
});

afterEach(async () => {
  manager?.kill('SIGKILL');
  await sandbox.run(['delete', '--force', id]);
});

/** A container whose program says that it is ready once there is a file /go. */
function readyLater(): string {
  const bundle = sandbox.script(
    'while [ ! -e /go ]; do sleep 0.05; done; datagram send "$NOTIFY_SOCKET" READY=1; exec sleep 1000',
    (config) => {
      config.root.readonly = false;
      config.process.env.push('PATH=/bin');
    },
  );
  copyFileSync(program, `${bundle}/rootfs/bin/datagram`);
  return bundle;
}

describe('NOTIFY_SOCKET', () => {
  test.each([
    ['run', ['--detach']],
    ['start', []],
  ] as const)('%s waits until the program is ready', async (command, options) => {
    const socket = `${sandbox.folder}/${command}.sock`;
    await listen(socket);
    const bundle = readyLater();
    id = sandbox.id();
    const env = { NOTIFY_SOCKET: socket };
    if (command === 'start')
      expect(await sandbox.run(['create', '-b', bundle, id], { env })).toMatchObject({ status: 0 });
    const args = command === 'run' ? ['run', ...options, '-b', bundle, id] : ['start', id];
    let ended = false;
    const result = sandbox.run(args, { env }).finally(() => {
      ended = true;
    });
    await until(async () => {
      const { stdout } = await sandbox.run(['state', id]);
      return stdout !== '' && JSON.parse(stdout).status === 'running';
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(ended).toBe(false);
    writeFileSync(`${bundle}/rootfs/go`, '');
    expect(await result).toMatchObject({ status: 0, stdout: '' });
    const { pid } = await sandbox.state(id);
    await until(() => heard.includes('MAINPID='));
    expect(heard).toMatch(new RegExp(`READY=1\n+MAINPID=${pid}\n`));
  });

  test('that nobody answers does not hold up a program that ends', async () => {
    const socket = `${sandbox.folder}/short.sock`;
    await listen(socket);
    id = sandbox.id();
    const env = { NOTIFY_SOCKET: socket };
    expect(await sandbox.run(['run', '-d', '-b', sandbox.script('exit 3'), id], { env })).toMatchObject({
      status: 0,
    });
    expect(heard).not.toContain('READY');
  });
});

describe('LISTEN_FDS', () => {
  const script = 'echo "$LISTEN_FDS,$LISTEN_PID"; cat <&3';

  /** Starts the runtime with a file at fd 3, as a manager does: it knows the pid before. */
  async function run(pid: string): Promise<string> {
    const file = `${sandbox.folder}/socket`;
    writeFileSync(file, 'given\n');
    id = sandbox.id();
    const bundle = sandbox.script(script);
    const call = `exec 3<${file}; LISTEN_FDS=1 LISTEN_PID=${pid} exec ${runtimePath} --root ${sandbox.root} run -b ${bundle} ${id}`;
    return (await runProgram('/bin/sh', ['-c', call], { folder: sandbox.folder })).stdout;
  }

  // @shows runtime-linux.md#file-descriptors: 0, 1 and 2 alone, and those of LISTEN_FDS
  test('and the fds themselves are for the program', async () => {
    expect(await run('$$')).toBe('1,1\ngiven\n');
  });

  test.runIf(runtimeName !== 'crun')('for another process are not', async () => {
    expect(await run('1')).toBe(',\n');
  });
});

test('the environment of slipway reaches no program', async () => {
  id = sandbox.id();
  const result = await sandbox.run(['run', '-b', sandbox.script('env'), id], {
    env: { LISTEN_FDS: '1', SECRET: 'x' },
  });
  expect(result.stdout).not.toMatch(/SECRET|LISTEN/);
});
