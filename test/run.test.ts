// run (runtime.md#operations): a foreground container from inside and outside.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runProgram, runtimeName, runtimePath } from './support/runtime.ts';
import { Sandbox } from './support/sandbox.ts';
import { until } from './support/until.ts';

const sandbox = Sandbox.forFile();

describe('run', () => {
  test('gives the program namespaces of its own', async () => {
    const output = await sandbox.output(
      sandbox.script('echo $$; hostname; cat /proc/net/dev | wc -l; ls -d /proc/[0-9]* | wc -l'),
    );
    expect(output.split('\n')).toEqual(['1', 'slipway', '3', '3', '']);
  });

  // @shows /process/args
  test.each([0, 1, 42, 255])('exits with the status %i of the program', async (status) => {
    const result = await sandbox.run(['run', '-b', sandbox.script(`exit ${status}`), sandbox.id()]);
    expect(result).toMatchObject({ status, stderr: '' });
  });

  test('exits with 128+n when signal n ends the program', async () => {
    const bundle = sandbox.bundle((config) => {
      config.process.args = ['sh', '-c', 'sh -c "kill -9 \\$\\$"; exit $?'];
    });
    expect((await sandbox.run(['run', '-b', bundle, sandbox.id()])).status).toBe(137);
  });

  test.runIf(runtimeName === 'slipway')('has that status where slipway was removed meanwhile', async () => {
    const folder = `${sandbox.folder}/installed`;
    mkdirSync(folder);
    for (const name of ['slipway', 'slipway-driver', 'slipway-init'])
      copyFileSync(`${dirname(runtimePath)}/${name}`, `${folder}/${name}`);
    const bundle = sandbox.script(
      'touch /ready; while [ ! -e /go ]; do sleep 0.05; done; exit 7',
      (config) => {
        config.root.readonly = false;
      },
    );
    const args = ['--root', sandbox.root, 'run', '-b', bundle, sandbox.id()];
    const result = runProgram(`${folder}/slipway`, args, { folder: sandbox.folder });
    await until(() => existsSync(`${bundle}/rootfs/ready`));
    rmSync(folder, { recursive: true });
    writeFileSync(`${bundle}/rootfs/go`, '');
    expect(await result).toMatchObject({ status: 7 });
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH'] as const)(
    'passes %s on to the program',
    async (signal) => {
      const script = `trap 'echo ${signal}; exit 9' ${signal.slice(3)}; echo ready; while true; do sleep 0.05; done`;
      const said = `${sandbox.folder}/said-${signal}`;
      const stdout = openSync(said, 'w');
      const args = ['--root', sandbox.root, 'run', '-b', sandbox.script(script), sandbox.id()];
      const child = spawn(runtimePath, args, { stdio: ['ignore', stdout, 'inherit'], timeout: 10_000 });
      closeSync(stdout);
      const ended = once(child, 'exit');
      while (readFileSync(said, 'utf8') !== 'ready\n' && child.exitCode === null)
        await new Promise((resolve) => setTimeout(resolve, 10));
      child.kill(signal);
      expect(await ended).toEqual([9, null]);
      expect(readFileSync(said, 'utf8')).toBe(`ready\n${signal}\n`);
    },
  );

  test('hands stdin, stdout and stderr over untouched', async () => {
    const stdin = `${sandbox.folder}/stdin`;
    writeFileSync(stdin, 'one\ntwo\n');
    const bundle = sandbox.script('cat; echo error >&2');
    const result = await sandbox.run(['run', '-b', bundle, sandbox.id()], { stdin });
    expect(result).toEqual({ status: 0, stdout: 'one\ntwo\n', stderr: 'error\n' });
  });

  // @shows runtime-linux.md#file-descriptors: 0, 1 and 2 alone, and those of LISTEN_FDS
  test('leaves the program no fd but 0, 1 and 2', async () => {
    const output = await sandbox.output(sandbox.script('ls /proc/1/fd; true'));
    expect(output.split('\n').filter(Boolean)).toEqual(['0', '1', '2']);
  });

  test('--preserve-fds hands on the fds from 3 on', async () => {
    const bundle = sandbox.script('cat <&3; ls /proc/1/fd; true');
    const file = `${sandbox.folder}/preserved`;
    writeFileSync(file, 'preserved\n');
    const wrapper = `${sandbox.folder}/wrapper`;
    writeFileSync(wrapper, `#!/bin/sh\nexec "$@" 3<${file}\n`, { mode: 0o755 });
    const args = ['--root', sandbox.root, 'run', '--preserve-fds', '1', '-b', bundle, sandbox.id()];
    const result = await runProgram(wrapper, [runtimePath, ...args], { folder: sandbox.folder });
    expect(result).toMatchObject({ status: 0, stdout: 'preserved\n0\n1\n2\n3\n' });
  });

  test('removes the container when it ends', async () => {
    await sandbox.output(sandbox.script('true'));
    expect((await sandbox.run(['list', '-q'])).stdout).toBe('');
    expect(sandbox.leftovers()).toEqual([]);
  });

  test('--keep leaves it, stopped', async () => {
    const id = sandbox.id();
    await sandbox.run(['run', '--keep', '-b', sandbox.script('true'), id]);
    const state = await sandbox.state(id);
    expect(state).toMatchObject({ id, status: 'stopped', pid: 0 });
    expect((await sandbox.run(['delete', id])).status).toBe(0);
  });

  test('--detach returns while the program runs, and writes the pid file', async () => {
    const id = sandbox.id();
    const pidFile = `${sandbox.folder}/detached.pid`;
    const bundle = sandbox.script('sleep 1000');
    const result = await sandbox.run(['run', '--detach', '--pid-file', pidFile, '-b', bundle, id]);
    expect(result).toMatchObject({ status: 0, stderr: '' });
    const state = await sandbox.state(id);
    expect(state).toMatchObject({ status: 'running', pid: Number(readFileSync(pidFile, 'utf8')) });
    expect((await sandbox.run(['delete', '--force', id])).status).toBe(0);
  });
});
