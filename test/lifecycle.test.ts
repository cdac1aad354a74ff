// create, start, state, kill, delete, list (runtime.md#operations): statuses, exit statuses and runc's phrases.

import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startTimeOf } from '../src/host/process.ts';
import { compileProbe } from './support/compile.ts';
import { setFrozen } from './support/freezer.ts';
import { runProgram, runtimeName, runtimePath, slipwayPath } from './support/runtime.ts';
import { type AnyConfig, cgroupDirectory, Sandbox } from './support/sandbox.ts';
import { until } from './support/until.ts';
import { expectRefusal, quiet, says } from './support/words.ts';

const sandbox = Sandbox.forFile();
const waiting = sandbox.script('trap "exit 7" TERM; sleep 1000 & wait');
let id = '';

/** A container of its own for a test. */
async function created(bundle = waiting, ...options: string[]): Promise<string> {
  id = sandbox.id();
  const result = await sandbox.run(['create', '-b', bundle, ...options, id]);
  expect(result).toEqual({ status: 0, stdout: '', stderr: quiet });
  return id;
}

async function state(): Promise<Record<string, unknown>> {
  return await sandbox.state(id);
}

async function done(...args: string[]): Promise<void> {
  expect(await sandbox.run(args)).toEqual({ status: 0, stdout: '', stderr: quiet });
}

function caughtSignals(pid: unknown): bigint {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return BigInt(`0x${/^SigCgt:\t([0-9a-f]+)$/m.exec(status)?.[1]}`);
}

async function untilStopped(): Promise<void> {
  await until(async () => (await state()).status === 'stopped');
}

afterEach(async () => {
  await sandbox.run(['delete', '--force', id]);
  expect(sandbox.leftovers()).toEqual([]);
});

describe('create', () => {
  // @shows runtime.md#create: everything but the program; later edits do not count
  test('makes a container whose program does not run yet', async () => {
    await created(sandbox.script('echo ran'));
    const { pid, status } = await state();
    expect(status).toBe('created');
    expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/NSpid:\t\d+\t1\n/);
  });

  test('writes the pid file, without newline', async () => {
    const pidFile = `${sandbox.folder}/pid`;
    await created(waiting, '--pid-file', pidFile);
    expect(readFileSync(pidFile, 'utf8')).toBe(String((await state()).pid));
  });

  // @shows runtime.md#scope-of-a-container: an id is unique, and has a form
  test('refuses an id that exists, and leaves that container alone', async () => {
    await created();
    expectRefusal(await sandbox.run(['create', '-b', waiting, id]), 'container with given ID already exists');
    expect((await state()).status).toBe('created');
  });

  // @shows runtime.md#create: everything but the program; later edits do not count
  test('takes no notice of later edits of config.json (runtime.md#create)', async () => {
    const bundle = sandbox.script('exit 3');
    await created(bundle);
    writeFileSync(`${bundle}/config.json`, '{}');
    await done('start', id);
    await untilStopped();
  });

  // @shows config.md#extensibility: unknown properties are ignored, with a warning
  test('takes no notice of a property that it does not know, but for a warning (config.md#extensibility)', async () => {
    const bundle = sandbox.bundle((config) => {
      config.process.argz = ['nosuch'];
      config.process.args = ['echo', 'ran'];
    });
    const { status, stdout, stderr } = await sandbox.run(['run', '--bundle', bundle, sandbox.id()]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'ran\n' });
    expect(stderr).toEqual(says('/process/argz: unknown property, ignored; did you mean \\"args\\"?'));
  });

  test('reads the bundle of the working directory without --bundle', async () => {
    id = sandbox.id();
    const result = await sandbox.run(['create', id], { cwd: waiting });
    expect(result).toEqual({ status: 0, stdout: '', stderr: quiet });
    expect((await state()).bundle).toBe(waiting);
  });
});

describe('state', () => {
  // @shows /annotations
  // @shows runtime.md#state: properties and statuses
  test('has the properties of runtime.md#state, in runc order', async () => {
    const bundle = sandbox.script('true', (config) => {
      config.annotations = { 'org.example.key': 'value' };
    });
    await created(bundle);
    const found = await state();
    expect(Object.keys(found)).toEqual([
      'ociVersion',
      'id',
      'pid',
      'status',
      'bundle',
      'rootfs',
      'created',
      'annotations',
      'owner',
    ]);
    expect(found).toMatchObject({
      ociVersion: '1.0.2',
      id,
      status: 'created',
      bundle,
      rootfs: `${bundle}/rootfs`,
      annotations: { 'org.example.key': 'value' },
      owner: '',
    });
    expect(Math.abs(Date.parse(String(found.created)) - Date.now())).toBeLessThan(10_000);
  });

  // @shows runtime.md#state: properties and statuses
  test('says created, running, stopped', async () => {
    await created();
    expect((await state()).status).toBe('created');
    await done('start', id);
    expect((await state()).status).toBe('running');
    await done('kill', id, 'KILL');
    await untilStopped();
    expect((await state()).pid).toBe(0);
  });

  test('refuses an id that nobody has', async () => {
    expectRefusal(await sandbox.run(['state', 'nobody']), 'container does not exist');
  });

  describe.runIf(runtimeName === 'slipway')('from the launcher, without a JavaScript engine', () => {
    /** The launcher by itself, with no driver beside it. */
    const alone = `${sandbox.folder}/slipway`;
    beforeAll(() => copyFileSync(slipwayPath, alone));

    /** The status, and the whole answer, once as the launcher gives it and once as the driver does (--debug). */
    async function expectSame(status: string): Promise<void> {
      const given = await runProgram(alone, ['--root', sandbox.root, 'state', id], {
        folder: sandbox.folder,
      });
      expect(given).toEqual(await sandbox.run(['--debug', 'state', id]));
      expect(JSON.parse(given.stdout).status).toBe(status);
    }

    test('is the answer of the driver, in every status', async () => {
      const bundle = sandbox.script('sleep 1000', (config) => {
        config.annotations = { 'org.example.key': 'two\nlines "quoted" ä' };
      });
      await created(bundle);
      await expectSame('created');
      await done('start', id);
      await expectSame('running');
      const cgroup = await sandbox.cgroupsPath(id);
      await setFrozen(cgroup, true);
      await expectSame('paused');
      await setFrozen(cgroup, false);
      await done('kill', id, 'KILL');
      await untilStopped();
      await expectSame('stopped');
    });

    test.each([
      [['--root=ROOT', 'state']],
      [['-root', 'ROOT', '--log', '/none/log', '--log-format', 'json', 'state']],
    ])('takes %j', async (words) => {
      await created();
      const args = [...words.map((word) => word.replace('ROOT', sandbox.root)), id];
      const { status, stdout } = await runProgram(alone, args, { folder: sandbox.folder });
      expect([status, JSON.parse(stdout).id]).toEqual([0, id]);
    });

    test.each([
      [['state', '../x']],
      [['state', 'nobody']],
      [['--nosuch', 'state', 'x']],
      [['state']],
      [['state', '--help']],
    ])('leaves %j to the driver', async (args) => {
      const { status, stdout } = await runProgram(alone, ['--root', sandbox.root, ...args], {
        folder: sandbox.folder,
      });
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    });
  });
});

describe('start', () => {
  // @shows runtime.md#start: runs the program of a created container, once
  test('runs the program', async () => {
    const bundle = sandbox.script('echo ran > /ran', (config) => {
      config.root.readonly = false;
    });
    await created(bundle);
    expect(existsSync(`${bundle}/rootfs/ran`)).toBe(false);
    await done('start', id);
    await untilStopped();
    expect(readFileSync(`${bundle}/rootfs/ran`, 'utf8')).toBe('ran\n');
  });

  // @shows runtime.md#start: runs the program of a created container, once
  test('refuses a container that runs, and one that has stopped', async () => {
    await created();
    await done('start', id);
    expectRefusal(await sandbox.run(['start', id]), 'cannot start an already running container');
    await done('kill', id, 'KILL');
    await untilStopped();
    expectRefusal(await sandbox.run(['start', id]), 'cannot start a container that has stopped');
  });

  // @shows runtime.md#start: runs the program of a created container, once
  test('of two at once exactly one starts it', async () => {
    await created();
    const results = await Promise.all([sandbox.run(['start', id]), sandbox.run(['start', id])]);
    expect(results.map(({ status }) => status).toSorted()).toEqual([0, 1]);
    expect((await state()).status).toBe('running');
  });

  test('reports a program that cannot be executed, and the container is then stopped', async () => {
    const bundle = sandbox.bundle((config) => {
      config.process.args = ['/tmp/program'];
    });
    writeFileSync(`${bundle}/rootfs/tmp/program`, 'neither a script nor ELF\n', { mode: 0o755 });
    await created(bundle);
    expectRefusal(await sandbox.run(['start', id]), 'exec /tmp/program: exec format error (ENOEXEC)');
    await untilStopped();
  });

  // @refuses /process
  // @shows runtime.md#start: without process it is an error
  test('refuses a container without process, which create accepts (config.md#process)', async () => {
    const bundle = sandbox.bundle((config) => {
      delete config.process;
    });
    await created(bundle);
    expectRefusal(await sandbox.run(['start', id]), '/process: missing');
    expect((await state()).status).toBe('created');
  });

  test('refuses a container whose process died', async () => {
    await created();
    process.kill(Number((await state()).pid), 'SIGKILL');
    expectRefusal(await sandbox.run(['start', id]), 'cannot start a container that has stopped');
  });
});

describe('kill', () => {
  test.each([
    [['TERM'], 'TERM'],
    [['SIGTERM'], 'SIGTERM'],
    [['15'], '15'],
    [[], 'no signal: TERM'],
  ])('sends %j', async (args) => {
    await created();
    await done('start', id);
    // The shell must have set its trap.
    const { pid } = await state();
    await until(async () => (caughtSignals(pid) & 0x4000n) !== 0n);
    await done('kill', id, ...args);
    await untilStopped();
  });

  // @shows runtime.md#kill: sends a signal to the container process
  test('ends a container that was not started', async () => {
    await created();
    await done('kill', id, 'KILL');
    await untilStopped();
  });

  test.each(['TERM', 'INT', 'HUP'])('%s ends one too, sent by kill and to its pid', async (signal) => {
    await created();
    await done('kill', id, signal);
    await untilStopped();
    await done('delete', id);
    await created();
    process.kill(Number((await state()).pid), `SIG${signal}`);
    await untilStopped();
  });

  test('0 asks whether the process is there', async () => {
    await created(sandbox.script('trap "" TERM; sleep 1000'));
    await done('kill', id, '0');
    expect((await state()).status).toBe('created');
    await done('kill', id, 'KILL');
    await untilStopped();
    expectRefusal(await sandbox.run(['kill', id, '0']), 'container not running');
  });

  test('refuses a container that has stopped', async () => {
    await created();
    await done('kill', id, 'KILL');
    await untilStopped();
    expectRefusal(await sandbox.run(['kill', id, 'KILL']), 'container not running');
  });

  test.each(['--all', '-a'])(
    '%s reaches every process, and a stopped container is no error',
    async (option) => {
      const script =
        'sh -c "trap \'exit 0\' USR1; while true; do sleep 0.05; done" & trap "" USR1; wait; exit 3';
      await created(sandbox.script(script));
      await done('start', id);
      const { pid } = await state();
      const children = () => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
      await until(async () => children() !== '' && caughtSignals(children()) !== 0n);
      await done('kill', option, id, 'USR1');
      await untilStopped();
      await done('kill', option, id, 'USR1');
    },
  );

  // @shows runtime.md#kill: sends a signal to the container process
  test('refuses a signal that there is none of', async () => {
    await created();
    expectRefusal(await sandbox.run(['kill', id, 'NOPE']), 'unknown signal "NOPE"');
    expect((await state()).status).toBe('created');
  });

  test('KILL ends what outlived the first process where the pid namespace is that of the host', async () => {
    const bundle = sandbox.script('(trap "" HUP; sleep 1000) & exec sleep 1001', (config) => {
      config.linux.namespaces = config.linux.namespaces.filter(({ type }: AnyConfig) => type !== 'pid');
    });
    await created(bundle);
    await done('start', id);
    const { linux } = JSON.parse(readFileSync(`${bundle}/config.json`, 'utf8'));
    const procs = () => readFileSync(`${cgroupDirectory('pids', linux.cgroupsPath)}/cgroup.procs`, 'utf8');
    await until(async () => procs().split('\n').length > 2);
    process.kill(Number((await state()).pid), 'SIGKILL');
    await untilStopped();
    expect(procs()).not.toBe('');
    await done('kill', id, 'KILL');
    await until(async () => procs() === '');
    expectRefusal(await sandbox.run(['kill', id, 'KILL']), 'container not running');
  });

  test('KILL ends every process of a container that shares the host pid namespace', async () => {
    const bundle = sandbox.script('sleep 1000 & sleep 1000 & wait', (config) => {
      config.linux.namespaces = config.linux.namespaces.filter(
        ({ type }: { type: string }) => type !== 'pid',
      );
    });
    await created(bundle);
    await done('start', id);
    const { linux } = JSON.parse(readFileSync(`${bundle}/config.json`, 'utf8'));
    const cgroup = cgroupDirectory('pids', linux.cgroupsPath);
    await until(async () => readFileSync(`${cgroup}/cgroup.procs`, 'utf8').split('\n').length === 4);
    await done('kill', id, 'KILL');
    await until(async () => readFileSync(`${cgroup}/cgroup.procs`, 'utf8') === '');
  });
});

describe('delete', () => {
  // @shows runtime.md#delete: removes what create made; refuses what runs
  test('refuses a running container', async () => {
    await created();
    await done('start', id);
    expectRefusal(
      await sandbox.run(['delete', id]),
      `cannot delete container ${id} that is not stopped: running`,
    );
    expect((await state()).status).toBe('running');
  });

  // @shows runtime.md#delete: removes what create made; refuses what runs
  test('removes a stopped container, whose id can then be used again', async () => {
    await created();
    await done('kill', id, 'KILL');
    await untilStopped();
    await done('delete', id);
    expectRefusal(await sandbox.run(['state', id]), 'container does not exist');
    await done('create', '-b', waiting, id);
  });

  test('removes a created container', async () => {
    await created();
    await done('delete', id);
    expectRefusal(await sandbox.run(['state', id]), 'container does not exist');
  });

  test('--force removes a running container', async () => {
    await created();
    await done('start', id);
    const { pid } = await state();
    await done('delete', '--force', id);
    expect(startTimeOf(Number(pid))).toBe(null);
  });

  test('--force of an id that nobody has is no error', async () => {
    await done('delete', '--force', 'nobody');
    expectRefusal(await sandbox.run(['delete', 'nobody']), 'container does not exist');
  });

  test('--force removes a container whose state file is damaged', async () => {
    id = sandbox.id();
    mkdirSync(`${sandbox.root}/${id}`);
    writeFileSync(`${sandbox.root}/${id}/state.json`, '{"version":1');
    expectRefusal(await sandbox.run(['state', id]), 'it is damaged; "delete --force" removes the container');
    expect((await sandbox.run(['delete', '--force', id])).status).toBe(0);
    expect(existsSync(`${sandbox.root}/${id}`)).toBe(false);
  });
});

describe('list', () => {
  test('prints a table, JSON, or ids', async () => {
    await created();
    const { pid, created: time } = await state();
    const table = (await sandbox.run(['list'])).stdout.split('\n');
    expect(table[0]).toMatch(/^ID +PID +STATUS +BUNDLE +CREATED +OWNER$/);
    expect(table[1]?.split(/ +/)).toEqual([id, String(pid), 'created', waiting, time, 'root']);
    expect((await sandbox.run(['list', '--quiet'])).stdout).toBe(`${id}\n`);
    const json = JSON.parse((await sandbox.run(['list', '--format', 'json'])).stdout);
    expect(json).toMatchObject([{ id, pid, status: 'created', bundle: waiting, owner: 'root' }]);
  });
});

test('no command leaves a zombie to a caller that takes in orphans and waits for its own children alone', async () => {
  const subreaper = compileProbe('subreaper', sandbox.folder);
  const call = async (...args: readonly string[]) => {
    const command = [runtimePath, '--root', sandbox.root, ...sandbox.ownOptions, ...args];
    const { status, stdout } = await runProgram(subreaper, command, { folder: sandbox.folder });
    return { status: status === 0 ? 0 : 'not 0', zombies: stdout };
  };
  const none = (status: unknown) => ({ status, zombies: '' });
  const [running, waits] = [sandbox.id(), sandbox.id()];
  expect(await call('run', '-b', sandbox.script('true'), sandbox.id())).toEqual(none(0));
  expect(await call('run', '-d', '-b', waiting, running)).toEqual(none(0));
  expect(await call('exec', running, '/bin/true')).toEqual(none(0));
  expect(await call('exec', '-d', running, 'sleep', '1000')).toEqual(none(0));
  expect(await call('exec', running, '/nosuch')).toEqual(none('not 0'));
  expect(await call('create', '-b', waiting, running)).toEqual(none('not 0'));
  expect(await call('create', '-b', sandbox.bundle(), waits)).toEqual(none(0));
  expect(await call('delete', '--force', waits)).toEqual(none(0));
  expect(await call('delete', '--force', running)).toEqual(none(0));
});
