// Options of every command, and the commands that touch nothing: validate, plan, help, version.

import { copyFileSync, existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { commands } from '../src/cli/commands.ts';
import { globalOptions } from '../src/cli/options.ts';
import { runProgram, slipwayPath } from './support/runtime.ts';
import { type AnyConfig, Sandbox } from './support/sandbox.ts';
import { expectRefusal } from './support/words.ts';

const sandbox = Sandbox.forFile();

describe('--log', () => {
  test('text: the error is one line in the file, and on stderr', async () => {
    const log = `${sandbox.folder}/log.txt`;
    const result = await sandbox.run(['--log', log, 'state', 'nobody']);
    expect(result).toEqual({ status: 1, stdout: '', stderr: 'container does not exist: nobody\n' });
    expect(readFileSync(log, 'utf8')).toMatch(
      /^time="\d{4}-\d\d-\d\dT[^"]+Z" level=error msg="container does not exist: nobody"\n$/,
    );
  });

  test('json: exactly one object with level, msg and time', async () => {
    const log = `${sandbox.folder}/log.json`;
    await sandbox.run(['--log', log, '--log-format', 'json', 'state', 'nobody']);
    const line = JSON.parse(readFileSync(log, 'utf8'));
    expect(line).toEqual({
      level: 'error',
      msg: 'container does not exist: nobody',
      time: expect.any(String),
    });
    expect(Math.abs(Date.parse(line.time) - Date.now())).toBeLessThan(10_000);
  });

  test.each([
    ['/none/log', '--log: open "/none/log": no such file or directory (ENOENT)'],
    ['journald:x', '--log journald:x: slipway writes to a file, not to journald'],
  ])('%s that cannot be written is an error, before anything is done', async (log, words) => {
    const bundle = sandbox.script('true');
    const id = sandbox.id();
    expect(await sandbox.run(['--log', log, 'create', '-b', bundle, id])).toEqual({
      status: 1,
      stdout: '',
      stderr: `${words}\n`,
    });
    expect(existsSync(`${sandbox.root}/${id}`)).toBe(false);
  });

  test('--log-format json without --log: errors and warnings on stderr are JSON', async () => {
    const bundle = sandbox.script('true', (config) => {
      config.unknown = 1;
      config.process.cwd = '/etc/passwd';
    });
    const args = ['--log-format', 'json', 'run', '-b', bundle, sandbox.id()];
    const { status, stderr } = await sandbox.run(args);
    const lines = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect([status, lines.map(({ level }) => level)]).toEqual([1, ['warning', 'error']]);
    expect(lines[1].msg).toContain('/process/cwd');
  });

  test('a mistake in the call reaches the log too', async () => {
    const log = `${sandbox.folder}/mistake.json`;
    const words = 'flag provided but not defined: -nosuch; see slipway state --help';
    const result = await sandbox.run(['--log', log, '--log-format=json', 'state', '--nosuch', 'a']);
    expect(result).toEqual({ status: 1, stdout: '', stderr: `${words}\n` });
    expect(JSON.parse(readFileSync(log, 'utf8'))).toMatchObject({ level: 'error', msg: words });
  });

  test('--log-level says what is written, as of crun', async () => {
    const bundle = sandbox.script('true', (config) => {
      config.unknown = 1;
    });
    const lines = async (...options: string[]) =>
      (await sandbox.run([...options, 'run', '-b', bundle, sandbox.id()])).stderr.split('\n').length - 1;
    expect(await lines('--log-level=error')).toBe(0);
    expect(await lines('--log-level', 'warning')).toBe(1);
    expect(await lines('--log-level', 'debug')).toBeGreaterThan(10);
  });
});

describe('validate', () => {
  test('says that a config is valid', async () => {
    expect(await sandbox.run(['validate', '-b', sandbox.bundle()])).toEqual({
      status: 0,
      stdout: 'config.json is valid\n',
      stderr: '',
    });
  });

  test('lists every problem and warning with its pointer and section', async () => {
    const bundle = sandbox.bundle((config) => {
      config.process.cwd = 'relative';
      config.hostnam = 'x';
      config.linux.namespaces.push({ type: 'net' });
    });
    const { status, stdout } = await sandbox.run(['validate', '-b', bundle]);
    expect(status).toBe(1);
    expect(stdout.split('\n').map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      'error /process/cwd:',
      'error /linux/namespaces/5/type:',
      'warning /hostnam:',
      '',
    ]);
    expect(stdout).toContain('did you mean "hostname"? (config.md#');
    expect(stdout).toContain('(config-linux.md#namespaces)');
  });
});

describe('features', () => {
  test('lists what the tables hold', async () => {
    const { status, stdout } = await sandbox.run(['features']);
    expect(status).toBe(0);
    const found = JSON.parse(stdout);
    expect(found).toMatchObject({
      ociVersionMin: '1.0.0',
      ociVersionMax: '1.3.0',
      hooks: ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'],
      linux: {
        namespaces: ['cgroup', 'ipc', 'mount', 'network', 'pid', 'time', 'user', 'uts'],
        cgroup: { v1: true, v2: true },
        mountExtensions: { idmap: { enabled: true } },
      },
    });
    expect(found.mountOptions).toEqual(expect.arrayContaining(['rro', 'tmpcopyup', 'ridmap', 'iversion']));
    expect(found.linux.capabilities).toHaveLength(41);
  });
});

describe('plan', () => {
  test('prints each step with what asks for it, and touches nothing', async () => {
    const bundle = sandbox.bundle();
    const { status, stdout, stderr } = await sandbox.run(['plan', '-b', bundle, 'some-id']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(
      /^prepare +become unshare --pid --net --ipc --uts --mount --propagation=unchanged -- slipway-init {2}\(\/linux\/namespaces\)$/m,
    );
    expect(stdout).toMatch(/^container +mount proc on \/proc, type proc, .*\(\/mounts\/0\)$/m);
    expect(stdout).toMatch(/^container +maskPath \/proc\/kcore {2}\(\/linux\/maskedPaths\/2\)$/m);
    expect(existsSync(`${sandbox.root}/some-id`)).toBe(false);
    expect(sandbox.leftovers()).toEqual([]);
  });

  test('says what is written late, and validate says what plan says', async () => {
    const bundle = sandbox.bundle((config) => {
      config.linux.resources.pids = { limit: 0 };
    });
    expect((await sandbox.run(['plan', '-b', bundle])).stdout).toMatch(
      /^host +cgroupWrite 0 to .*pids\.max.*\(\/linux\/resources\/pids\/limit\)$/m,
    );
    const systemd = ['--cgroup-manager=systemd'];
    const [plan, valid] = await Promise.all(
      ['plan', 'validate'].map((command) => sandbox.run([...systemd, command, '-b', bundle])),
    );
    // On a host without systemd, or with v1, neither goes on; elsewhere the scope is among the steps.
    expect(plan?.status).toBe(valid?.status);
    if (plan?.status === 0) expect(plan.stdout).toMatch(/^host +startScope slipway-.*\.scope/m);
  });

  test('--json prints the plan without loss of 64-bit numbers', async () => {
    const bundle = sandbox.bundle((config) => {
      config.process.rlimits = [{ type: 'RLIMIT_NOFILE', soft: 1024, hard: 1024 }];
    });
    const { stdout } = await sandbox.run(['plan', '--json', '-b', bundle]);
    const plan = JSON.parse(stdout);
    const { steps } = plan.script.find(({ by }: AnyConfig) => by === 'container');
    expect(steps).toContainEqual({
      op: 'rlimit',
      from: '/process/rlimits/0',
      resource: 7,
      soft: 1024,
      hard: 1024,
    });
  });
});

describe('the command line', () => {
  test.each(['/', '', '/tmp/..', '//'])('--root %j is no place for containers', async (root) => {
    const result = await runProgram(slipwayPath, ['--root', root, 'list'], { folder: sandbox.folder });
    expectRefusal(result, '--root: should not be set to');
  });

  test('--root may be relative', async () => {
    const call = (...args: string[]) =>
      runProgram(slipwayPath, ['--root', 'relative', ...args], {
        folder: sandbox.folder,
        cwd: sandbox.folder,
      });
    const bundle = sandbox.script('exit 3');
    expect(await call('create', '-b', bundle, 'near')).toMatchObject({ status: 0, stderr: '' });
    expect(existsSync(`${sandbox.folder}/relative/near`)).toBe(true);
    expect(await call('start', 'near')).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse((await call('state', 'near')).stdout)).toMatchObject({ id: 'near', bundle });
    expect(await call('delete', '--force', 'near')).toMatchObject({ status: 0, stderr: '' });
  });

  test('--version names the program and the specification', async () => {
    const { status, stdout } = await sandbox.run(['--version']);
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: expect.stringMatching(/^slipway version \d+\.\d+\.\d+\n(commit: \S+\n)?spec: 1\.3\.0\n$/),
    });
  });

  test('a mistake is one line on stderr, with the status that runc has for it', async () => {
    expect(await sandbox.run(['state'])).toEqual({
      status: 1,
      stdout: '',
      stderr: 'state needs a container id; see slipway state --help\n',
    });
    expect(await sandbox.run(['stat', 'x'])).toEqual({
      status: 3,
      stdout: '',
      stderr: 'no such command: stat; did you mean start?; see slipway --help\n',
    });
    const { status, stdout } = await sandbox.run(['state', '--help']);
    expect([status, stdout]).toEqual([0, expect.stringContaining('slipway state <container-id>')]);
  });

  test('a link to it works under any name; a copy alone says what it needs', async () => {
    const [link, copy] = [`${sandbox.folder}/myrt`, `${sandbox.folder}/copied`];
    symlinkSync(slipwayPath, link);
    copyFileSync(slipwayPath, copy);
    const args = ['--root', sandbox.root, 'list', '-q'];
    expect(await runProgram(link, args, { folder: sandbox.folder })).toMatchObject({ status: 0, stderr: '' });
    const { status, stderr } = await runProgram(copy, args, { folder: sandbox.folder });
    expect([status, stderr]).toEqual([
      1,
      `slipway: ${sandbox.folder}/slipway-driver: No such file or directory: it must lie beside this program\n`,
    ]);
  });

  test('the build for Node runs a container too', async () => {
    const script = slipwayPath.replace(/slipway$/, 'node/main.js');
    const args = [
      script,
      '--root',
      sandbox.root,
      'run',
      '-b',
      sandbox.script('echo $$; exit 5'),
      sandbox.id(),
    ];
    const result = await runProgram(process.execPath, args, { folder: sandbox.folder });
    expect(result).toEqual({ status: 5, stdout: '1\n', stderr: '' });
  });
});

describe('completion', () => {
  test.each(['bash', 'zsh', 'fish'])('%s can read its script', async (shell) => {
    const { status, stdout } = await sandbox.run(['completion', shell]);
    expect(status).toBe(0);
    const script = `${sandbox.folder}/completion.${shell}`;
    writeFileSync(script, stdout);
    const checked = await runProgram(`/usr/bin/${shell}`, ['-n', script], { folder: sandbox.folder });
    expect(checked).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test.each([
    ['slipway upd', 'update'],
    ['slipway run --det', '--detach'],
    ['slipway --log-format ', 'text json'],
    ['slipway list -f ', 'table json'],
  ])('bash completes "%s"', async (line, expected) => {
    const { stdout } = await sandbox.run(['completion', 'bash']);
    const words = line.split(' ');
    const script = `${stdout}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _slipway; echo "\${COMPREPLY[@]}"`;
    const result = await runProgram('/bin/bash', ['-c', script], { folder: sandbox.folder });
    expect(result).toEqual({ status: 0, stdout: `${expected}\n`, stderr: '' });
  });

  test('of another shell is refused', async () => {
    const { status, stderr } = await sandbox.run(['completion', 'tcsh']);
    expect([status, stderr]).toEqual([1, 'completion: expected one of bash, zsh, fish, found "tcsh"\n']);
  });
});

describe('man', () => {
  test.each(['', 'exec', 'update'])('a page about "%s" names every option', async (name) => {
    const { status, stdout } = await sandbox.run(['man', ...(name === '' ? [] : [name])]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^\.TH SLIPWAY/);
    const shown = stdout.replaceAll('\\-', '-');
    const options = name === '' ? globalOptions : (commands[name]?.options ?? {});
    for (const [option, { hidden }] of Object.entries(options))
      expect([option, shown.includes(`--${option}\\fR`)]).toEqual([option, hidden !== true]);
  });

  test('of no command is refused', async () => {
    expect((await sandbox.run(['man', 'nosuch'])).stderr).toBe('man: there is no command "nosuch"\n');
  });
});
