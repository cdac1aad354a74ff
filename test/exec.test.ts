// exec (runc's command): a further process in a container, with every option, into every kind of container.

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { hostFacts } from '../src/host/facts.ts';
import { makeSharedNamespaces } from './support/bundles.ts';
import { setFrozen } from './support/freezer.ts';
import { patience } from './support/patience.ts';
import { type Result, runProgram, runtimeName, runtimePath } from './support/runtime.ts';
import { type AnyConfig, cgroupDirectory, Sandbox } from './support/sandbox.ts';
import { until } from './support/until.ts';
import { quiet, says } from './support/words.ts';

const sandbox = Sandbox.forFile();
const own = runtimeName === 'slipway';
const capabilities = ['CAP_KILL', 'CAP_CHOWN', 'CAP_SETUID'];
const bundle = waiting();
/** A container that runs for all tests that leave it as it is. */
const shared = sandbox.id();
/** Those of a test. */
const started: string[] = [];

function waiting(change: (config: AnyConfig) => void = () => undefined): string {
  return sandbox.script('mkdir -p /work; trap "exit 0" TERM; sleep 1000 & wait', (config) => {
    config.root.readonly = false;
    config.process.env = ['PATH=/bin', 'GIVEN=1'];
    for (const set of ['bounding', 'effective', 'permitted', 'inheritable', 'ambient'])
      config.process.capabilities[set] = set === 'ambient' ? [] : capabilities;
    config.process.noNewPrivileges = false;
    change(config);
  });
}

async function running(path: string, ...options: string[]): Promise<string> {
  const id = sandbox.id();
  started.push(id);
  expect(await sandbox.run(['run', '-d', '-b', path, ...options, id])).toMatchObject({
    status: 0,
    stderr: quiet,
  });
  return id;
}

function exec(...args: string[]): Promise<Result> {
  return sandbox.run(['exec', ...args]);
}

/** What a script prints in the shared container. */
async function output(options: readonly string[], script: string): Promise<string> {
  const result = await exec(...options, shared, 'sh', '-c', script);
  expect(result).toMatchObject({ status: 0, stderr: quiet });
  return result.stdout.trim();
}

async function pidOf(id: string): Promise<number> {
  return (await sandbox.state(id)).pid;
}

function expectFailure(result: Result, words: string | RegExp): void {
  expect(result.status).toBe(own ? 255 : result.status);
  expect(result.status).not.toBe(0);
  expect(result.stderr).toEqual(says(words));
  if (own) expect(result.stderr).toMatch(/^exec failed: [^\n]+\n$/);
}

beforeAll(async () => {
  await sandbox.run(['run', '-d', '-b', bundle, shared]);
});

afterEach(async () => {
  for (const id of started.splice(0)) await sandbox.run(['delete', '--force', id]);
});

afterAll(async () => {
  await sandbox.run(['delete', '--force', shared]);
});

describe('the process', () => {
  test.each([
    ['exit 0', 0],
    ['exit 7', 7],
    ['kill -TERM $$', 143],
    ['kill -KILL $$', 137],
  ])('ends, and so does exec: %s is %i', async (script, status) => {
    expect(await exec(shared, 'sh', '-c', script)).toEqual({ status, stdout: '', stderr: quiet });
  });

  test('reads and writes the stdio of the caller', async () => {
    const stdin = `${sandbox.folder}/stdin`;
    writeFileSync(stdin, 'hello\n');
    const result = await sandbox.run(['exec', shared, 'sh', '-c', 'cat; echo error >&2'], { stdin });
    expect(result).toMatchObject({ status: 0, stdout: 'hello\n', stderr: own ? 'error\n' : says('error') });
  });

  test('is in every namespace and cgroup of the container process', async () => {
    const pid = await pidOf(shared);
    const types = readdirSync(`/proc/${pid}/ns`).filter((name) => !name.endsWith('_for_children'));
    const found = await output([], `for ns in ${types.join(' ')}; do readlink /proc/self/ns/$ns; done`);
    expect(found.split('\n')).toEqual(types.map((type) => readlinkSync(`/proc/${pid}/ns/${type}`)));
    // Seen from the host, as the path inside may be that of a cgroup namespace.
    const id = await running(bundleWithSleep());
    expect(await exec('-d', id, 'sleep', '1001')).toMatchObject({ status: 0 });
    const [first, second] = await pidsOf(id);
    expect(readFileSync(`/proc/${second}/cgroup`, 'utf8')).toBe(
      readFileSync(`/proc/${first}/cgroup`, 'utf8'),
    );
  });

  test('has no file descriptor but stdio', async () => {
    expect(await output([], 'ls /proc/self/fd 2>/dev/null | tr "\\n" " "')).toBe('0 1 2 3');
  });

  test('cannot be found where the container has no such program', async () => {
    const pidFile = `${sandbox.folder}/failed-pid`;
    expectFailure(
      await exec('--pid-file', pidFile, shared, 'nosuch'),
      'exec: "nosuch": executable file not found in $PATH',
    );
    expectFailure(
      await exec('-d', '--pid-file', pidFile, shared, '/etc'),
      /is a directory|permission denied/,
    );
    expect(existsSync(pidFile)).toBe(false);
  });

  test('is a child of nobody of ours when detached', async () => {
    const id = await running(bundleWithSleep());
    const pidFile = `${sandbox.folder}/pid`;
    const result = await exec('--detach', '--pid-file', pidFile, id, 'sleep', '1000');
    expect(result).toEqual({ status: 0, stdout: '', stderr: quiet });
    const text = readFileSync(pidFile, 'utf8');
    expect(text).toMatch(/^\d+$/);
    expect((await pidsOf(id)).map(String)).toContain(text);
    const parent = /^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${text}/status`, 'utf8'))?.[1];
    expect(readFileSync(`/proc/${parent}/cmdline`, 'utf8')).not.toContain('slipway');
  });
});

function bundleWithSleep(): string {
  return sandbox.script('exec sleep 1000');
}

/** Host pids of a container, the lowest first. */
async function pidsOf(id: string): Promise<number[]> {
  const cgroupsPath = await sandbox.cgroupsPath(id);
  const text = readFileSync(`${cgroupDirectory('pids', cgroupsPath)}/cgroup.procs`, 'utf8');
  return text
    .trim()
    .split('\n')
    .map(Number)
    .toSorted((a, b) => a - b);
}

describe('options', () => {
  test('--cwd', async () => {
    expect(await output([], 'pwd')).toBe('/');
    expect(await output(['--cwd', '/work'], 'pwd')).toBe('/work');
    expectFailure(await exec('--cwd', '/nosuch', shared, 'true'), 'no such file or directory');
  });

  test('--env adds to the environment of the container', async () => {
    const found = await output(['-e', 'A=1,2', '-e', 'GIVEN=3'], 'env');
    expect(found.split('\n')).toEqual(
      expect.arrayContaining(['A=1,2', 'GIVEN=3', 'PATH=/bin', 'HOME=/root']),
    );
  });

  test('--user and --additional-gids', async () => {
    const ids = 'grep -E "^(Uid|Gid|Groups)" /proc/self/status; echo $HOME';
    const found = await output(
      ['--user', '1000:100', '--additional-gids', '5', '--additional-gids', '6'],
      ids,
    );
    const [uid, gid, groups, home] = found.split('\n').map((line) => line.trim());
    expect([uid, gid, home]).toEqual([
      'Uid:\t1000\t1000\t1000\t1000',
      'Gid:\t100\t100\t100\t100',
      '/home/user',
    ]);
    expect(groups).toMatch(/^Groups:\t5 6/);
    expect(await output(['-u', '1000'], ids)).toMatch(/^Uid:\t1000\t.*\nGid:\t0\t/);
  });

  test('--cap adds to bounding, effective and permitted', async () => {
    const sets = 'grep ^Cap /proc/self/status';
    const bits = (found: string) =>
      Object.fromEntries(
        [...found.matchAll(/^Cap(\w+):\t([0-9a-f]+)$/gm)].map(([, name, hex]) => [name, BigInt(`0x${hex}`)]),
      );
    const before = bits(await output([], sets));
    const kill = 1n << 5n;
    const bind = 1n << 10n;
    expect(before.Eff & kill).toBe(kill);
    expect(before.Bnd & bind).toBe(0n);
    const after = bits(await output(['--cap', 'CAP_NET_BIND_SERVICE'], sets));
    expect(after).toEqual({
      ...before,
      Bnd: before.Bnd | bind,
      Eff: before.Eff | bind,
      Prm: before.Prm | bind,
    });
  });

  test('--no-new-privs', async () => {
    const flag = 'grep NoNewPrivs /proc/self/status';
    expect(await output([], flag)).toBe('NoNewPrivs:\t0');
    expect(await output(['--no-new-privs'], flag)).toBe('NoNewPrivs:\t1');
  });

  test.runIf(runtimeName === 'slipway')(
    'what the config warns of was said at create; --cap is named once',
    async () => {
      const id = sandbox.id();
      const bundle = sandbox.script('sleep 1000', (config) => {
        config.unknown = 1;
      });
      const created = await sandbox.run(['run', '-d', '-b', bundle, id]);
      expect(created.stderr).toContain('/unknown: unknown property');
      expect(await sandbox.run(['exec', id, 'true'])).toMatchObject({ status: 0, stderr: '' });
      expect((await sandbox.run(['exec', '--cap', 'CAP_FOO', id, 'true'])).stderr).toMatch(
        /^time=\S+ level=warning msg="--cap: \\"CAP_FOO\\" is unknown[^\n]*\n$/,
      );
      expect(await sandbox.run(['update', '--pids-limit', '50', id])).toMatchObject({
        status: 0,
        stderr: '',
      });
      await sandbox.run(['delete', '--force', id]);
    },
  );

  test.each([
    ['9 and 40 of 38', '38', '9</etc/hostname 40</etc/passwd', '0 1 2 9 40', '3'],
    ['4 and 5, as no number is free', '3', '4</etc/hostname 5</etc/passwd', '0 1 2 4 5', '3'],
    ['none of those above', '1', '9</etc/hostname', '0 1 2', '3'],
    ['one that is not open', '2', '3</etc/hostname', '0 1 2 3', '4'],
  ])('--preserve-fds takes those that are open: %s', async (_, count, redirections, fds, directory) => {
    // ls has one more, for the directory.
    const list = 'ls /proc/self/fd | sort -n | tr "\\n" " "';
    const runs = [
      ['exec', shared, ['/bin/sh', '-c', list]],
      ['run', '', []],
    ] as const;
    const bundle = sandbox.script(list);
    for (const [command, id, args] of runs) {
      const rest = command === 'exec' ? [id, ...args] : ['-b', bundle, sandbox.id()];
      const call = [runtimePath, '--root', sandbox.root, command, '--preserve-fds', count, ...rest];
      const script = `exec "$@" ${redirections}`;
      const result = await runProgram('/bin/bash', ['-c', script, 'sh', ...call], { folder: sandbox.folder });
      const found = result.stdout.trim().split(' ');
      expect(result).toMatchObject({ status: 0, stderr: quiet });
      expect(found.filter((fd) => fd !== directory).join(' ')).toBe(fds);
    }
  });

  test('--preserve-fds', async () => {
    // The shell opens fd 3, and exec inherits it.
    const file = `${sandbox.folder}/preserved`;
    writeFileSync(file, 'kept\n');
    const call = [runtimePath, '--root', sandbox.root, 'exec', '--preserve-fds', '1', shared].join(' ');
    const script = `exec 3<${file}; exec ${call} sh -c 'cat <&3'`;
    const result = await runProgram('/bin/sh', ['-c', script], { folder: sandbox.folder });
    expect(result).toMatchObject({ status: 0, stdout: 'kept\n', stderr: quiet });
  });

  test('--process is a file with the whole process', async () => {
    const file = `${sandbox.folder}/process.json`;
    const process = {
      args: ['sh', '-c', 'echo $A; pwd; id -u; ulimit -n; cat /proc/self/oom_score_adj'],
      cwd: '/work',
      env: ['PATH=/bin', 'A=b'],
      user: { uid: 1000, gid: 100, umask: 0o77 },
      rlimits: [{ type: 'RLIMIT_NOFILE', soft: 100, hard: 200 }],
      oomScoreAdj: 500,
      noNewPrivileges: true,
    };
    writeFileSync(file, JSON.stringify(process));
    const result = await exec('--process', file, shared);
    expect(result).toMatchObject({ status: 0, stdout: 'b\n/work\n1000\n100\n500\n' });
  });

  test('--process that is wrong is one error', async () => {
    const file = `${sandbox.folder}/process.json`;
    writeFileSync(file, JSON.stringify({ args: ['true'], cwd: 'relative' }));
    expectFailure(await exec('--process', file, shared), '/process/cwd');
    writeFileSync(file, '{');
    expectFailure(await exec('-p', file, shared), 'is not JSON');
    expectFailure(await exec('-p', '/nosuch', shared), 'no such file or directory');
    expectFailure(await exec(shared), 'process args cannot be empty');
  });

  test('--cgroup is a cgroup below that of the container', async () => {
    const cgroupsPath = await sandbox.cgroupsPath(shared);
    const { v1 } = hostFacts().cgroup;
    const pids = `${cgroupDirectory('pids', cgroupsPath)}/below`;
    mkdirSync(pids);
    try {
      const argument = v1.length > 0 ? 'pids:below' : 'below';
      const id = shared;
      const file = `${sandbox.folder}/below-pid`;
      const result = await exec('-d', '--pid-file', file, '--cgroup', argument, id, 'sleep', '1000');
      expect(result).toMatchObject({ status: 0 });
      const pid = readFileSync(file, 'utf8');
      expect(readFileSync(`${pids}/cgroup.procs`, 'utf8').trim()).toBe(pid);
      process.kill(Number(pid), 'SIGKILL');
      await until(() => !existsSync(`/proc/${pid}`));
    } finally {
      rmdirSync(pids);
    }
    expectFailure(await exec('--cgroup', 'nosuch:x', shared, 'true'), 'unknown controller nosuch');
    expectFailure(await exec('--cgroup', '../x', shared, 'true'), 'bad sub cgroup path');
    expectFailure(await exec('--cgroup', ':x', shared, 'true'), 'empty <controller> prefix');
    expectFailure(
      await exec('--cgroup', 'a:x', '--cgroup', 'x', shared, 'true'),
      'missing <controller>: prefix',
    );
  });
});

describe('into a container', () => {
  test('that is created', async () => {
    const id = sandbox.id();
    started.push(id);
    await sandbox.run(['create', '-b', bundleWithSleep(), id]);
    expect(await exec(id, 'echo', 'here')).toMatchObject({ status: 0, stdout: 'here\n' });
  });

  test('that has stopped, or does not exist, is an error', async () => {
    const id = await running(sandbox.script('true'));
    await until(async () => (await sandbox.state(id)).status === 'stopped');
    expectFailure(await exec(id, 'true'), 'cannot exec in a stopped container');
    expectFailure(await exec('nobody', 'true'), 'container does not exist');
  });

  test('whose limit of processes is reached', async () => {
    const id = await running(
      sandbox.script('exec sleep 1000', (config) => {
        config.linux.resources.pids = { limit: 1 };
      }),
    );
    const { status, stdout } = await exec(id, 'cat', '/proc/self/cgroup');
    expect(status).toBe(0);
    const controlled = stdout.split('\n').filter((line) => /^\d+:[^:]*pids|^0::/.test(line));
    const path = await sandbox.cgroupsPath(id);
    // In a cgroup namespace the path is that below the container's cgroup.
    expect(controlled.every((line) => line.endsWith(path) || line.endsWith(':/'))).toBe(true);
    expect((await exec(id, 'sh', '-c', '/bin/true; echo never')).stdout).toBe('');
  });

  test('whose process has left its v2 cgroup, which is gone', async () => {
    const id = await running(bundleWithSleep());
    const own = `${hostFacts().cgroup.v2?.mountpoint}${await sandbox.cgroupsPath(id)}`;
    const elsewhere = `${own}-elsewhere`;
    mkdirSync(elsewhere);
    const { pid } = await sandbox.state(id);
    writeFileSync(`${elsewhere}/cgroup.procs`, String(pid));
    rmdirSync(own);
    try {
      const { status, stdout } = await exec(id, 'cat', '/proc/self/cgroup');
      expect(status).toBe(0);
      expect(stdout).toMatch(/^0::.*-elsewhere$/m);
    } finally {
      await sandbox.run(['delete', '--force', id]);
      rmdirSync(elsewhere);
    }
  });

  test('that is paused waits with --ignore-paused, and else is an error', async () => {
    const id = await running(bundleWithSleep());
    const cgroupsPath = await sandbox.cgroupsPath(id);
    await setFrozen(cgroupsPath, true);
    try {
      expectFailure(
        await exec(id, 'true'),
        'cannot exec in a paused container (use --ignore-paused to override)',
      );
      if (!own) return;
      const late = exec('--ignore-paused', id, 'echo', 'thawed');
      await new Promise((resolve) => setTimeout(resolve, 200));
      await setFrozen(cgroupsPath, false);
      expect(await late).toEqual({ status: 0, stdout: 'thawed\n', stderr: '' });
    } finally {
      await setFrozen(cgroupsPath, false);
    }
  });

  test('in a user namespace has ids and capabilities of that', async () => {
    const path = waiting((config) => {
      config.linux.namespaces.push({ type: 'user' });
      config.linux.uidMappings = [{ containerID: 0, hostID: 100_000, size: 65536 }];
      config.linux.gidMappings = [{ containerID: 0, hostID: 200_000, size: 65536 }];
    });
    sandbox.giveRootfs(path);
    const id = await running(path);
    const script =
      'id -u; id -g; readlink /proc/self/ns/user; cat /proc/self/uid_map; grep CapEff /proc/self/status';
    const { status, stdout } = await exec('--cap', 'CAP_SYS_ADMIN', id, 'sh', '-c', script);
    const [uid, gid, namespace, map, effective] = stdout
      .split('\n')
      .map((line) => line.trim().split(/\s+/).join(' '));
    expect({ status, uid, gid, map }).toEqual({ status: 0, uid: '0', gid: '0', map: '0 100000 65536' });
    expect(namespace).toBe(readlinkSync(`/proc/${await pidOf(id)}/ns/user`));
    expect(BigInt(`0x${effective?.split(' ')[1]}`) & (1n << 21n)).toBe(1n << 21n);
    expect(await exec('--user', '1000:1000', id, 'id', '-u')).toMatchObject({ status: 0, stdout: '1000\n' });
  });

  test('that shares namespaces of others joins those', async () => {
    const { network, remove } = makeSharedNamespaces();
    try {
      const path = waiting((config) => {
        config.hostname = '';
        config.linux.namespaces = config.linux.namespaces
          .filter(({ type }: AnyConfig) => !['network', 'uts', 'pid'].includes(type))
          .concat([
            { type: 'network', path: '/run/slipway-net' },
            { type: 'uts', path: '/run/slipway-uts' },
          ]);
      });
      const id = await running(path);
      const { stdout } = await exec(
        id,
        'sh',
        '-c',
        'readlink /proc/self/ns/net; hostname; readlink /proc/self/ns/pid',
      );
      expect(stdout).toBe(`${network}\nshared\n${readlinkSync('/proc/self/ns/pid')}\n`);
    } finally {
      for (const id of started.splice(0)) await sandbox.run(['delete', '--force', id]);
      remove();
    }
  });
});

test('500 at 20 a time: the right status and output, no zombie, no cgroup', {
  timeout: 120_000 * patience,
}, async () => {
  const id = await running(bundleWithSleep());
  const pid = await pidOf(id);
  for (let batch = 0; batch < 25; batch++) {
    const numbers = Array.from({ length: 20 }, (_, index) => batch * 20 + index);
    const results = await Promise.all(
      numbers.map((number) => exec(id, 'sh', '-c', `echo ${number}; exit ${number % 200}`)),
    );
    expect(results).toEqual(
      numbers.map((number) => ({ status: number % 200, stdout: `${number}\n`, stderr: quiet })),
    );
  }
  await until(async () => (await pidsOf(id)).length === 1);
  expect(await pidsOf(id)).toEqual([pid]);
  const cgroupsPath = await sandbox.cgroupsPath(id);
  const below = readdirSync(cgroupDirectory('pids', cgroupsPath), { withFileTypes: true });
  expect(below.filter((entry) => entry.isDirectory())).toEqual([]);
});
