// What others may have put where slipway writes, and what they may have written where it reads.

import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compileProbe } from '../support/compile.ts';
import { runProgram, runtimeName, runtimePath } from '../support/runtime.ts';
import { type AnyConfig, cgroupDirectory, Sandbox } from '../support/sandbox.ts';
import { expectRefusal, quiet } from '../support/words.ts';

const sandbox = Sandbox.forFile();
const own = runtimeName === 'slipway';
let roots = 0;

/** A state directory of a test. */
function stateDirectory(): string {
  roots += 1;
  const path = `${sandbox.folder}/root-${roots}`;
  mkdirSync(path);
  return path;
}

function runtime(root: string, ...args: readonly string[]) {
  return runProgram(runtimePath, ['--root', root, ...args], { folder: sandbox.folder });
}

const waiting = (change: (config: AnyConfig) => void = () => undefined) =>
  sandbox.script('exec sleep 1000', change);

describe('[state directory] --pid-file in a directory where others may write', () => {
  test('takes no file, link or fifo that they left for its temporary name', async () => {
    const folder = `${sandbox.folder}/shared-${sandbox.id()}`;
    const victim = `${sandbox.folder}/victim`;
    mkdirSync(folder);
    writeFileSync(victim, 'of the host');
    const id = sandbox.id();
    // The name that a runtime takes may hold its pid, which is one of the next.
    const { stdout } = spawnSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' });
    for (let pid = Number(stdout); pid < Number(stdout) + 200; pid++)
      for (const name of [`.pid.${pid}`, `.pid-${pid}`])
        if (!existsSync(`${folder}/${name}`)) symlinkSync(victim, `${folder}/${name}`);
    const options = ['--bundle', waiting(), '--pid-file', `${folder}/pid`, id];
    expect(await sandbox.run(['create', ...options])).toMatchObject({ status: 0, stderr: quiet });
    expect(readFileSync(victim, 'utf8')).toBe('of the host');
    expect(lstatSync(`${folder}/pid`).isFile()).toBe(true);
    expect(readFileSync(`${folder}/pid`, 'utf8')).toBe(String((await sandbox.state(id)).pid));
    await sandbox.run(['delete', '--force', id]);
  });
});

describe.runIf(own)('[state directory] --root', () => {
  const seccomp = (config: AnyConfig) => {
    config.linux.seccomp = { defaultAction: 'SCMP_ACT_ALLOW' };
  };

  test.each([
    [
      'that belongs to another user',
      (root: string) => chownSync(root, 1500, 1500),
      /belongs to uid 1500, not to uid 0/,
    ],
    [
      'that others may write to',
      (root: string) => chmodSync(root, 0o777),
      /may be written to by others \(mode 777\)/,
    ],
    [
      'that another group may write to',
      (root: string) => {
        chownSync(root, 0, 1500);
        chmodSync(root, 0o775);
      },
      /may be written to by others \(mode 775\)/,
    ],
    [
      'that is a link of another user',
      (root: string) => {
        renameSync(root, `${root}-target`);
        symlinkSync(`${root}-target`, root);
        spawnSync('chown', ['-h', '1500', root]);
      },
      /belongs to uid 1500/,
    ],
  ])('%s is refused by every command', async (_, change, words) => {
    const root = stateDirectory();
    const id = sandbox.id();
    expect(await runtime(root, 'run', '-d', '-b', waiting(), id)).toMatchObject({ status: 0 });
    change(root);
    for (const args of [
      ['create', '-b', waiting(), 'other'],
      ['state', id],
      ['list'],
      ['kill', id],
      ['exec', id, 'true'],
    ]) {
      const { status, stdout, stderr } = await runtime(root, ...args);
      expect({ args, status: status > 0, stdout }).toEqual({ args, status: true, stdout: '' });
      expect(stderr).toMatch(words);
      expect(stderr.trim().split('\n')).toHaveLength(1);
    }
    spawnSync('chown', ['-h', '0:0', root]);
    chmodSync(root, 0o755);
    expect(await runtime(root, 'delete', '--force', id)).toMatchObject({ status: 0 });
  });

  test('a folder of a container that is somebody else’s, or a link, is refused', async () => {
    const root = stateDirectory();
    const id = sandbox.id();
    expect(await runtime(root, 'run', '-d', '-b', waiting(), id)).toMatchObject({ status: 0 });
    chownSync(`${root}/${id}`, 1500, 1500);
    expectRefusal(await runtime(root, 'state', id), 'belongs to uid 1500, not to uid 0');
    // list leaves it out, and says why.
    const { status, stdout, stderr } = await runtime(root, 'list', '--quiet');
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    expect(stderr).toContain('belongs to uid 1500');
    chownSync(`${root}/${id}`, 0, 0);
    symlinkSync(`${root}/${id}`, `${root}/link`);
    expectRefusal(await runtime(root, 'state', 'link'), 'which is a symbolic link');
    expect(await runtime(root, 'delete', '--force', id)).toMatchObject({ status: 0 });
  });

  test.each(['@seccomp', '@cgroups'])('a folder %s that somebody else made is refused', async (name) => {
    const root = stateDirectory();
    mkdirSync(`${root}/${name}`);
    chownSync(`${root}/${name}`, 1500, 1500);
    const bundle = waiting((config) => {
      seccomp(config);
      config.linux.cgroupsPath = `/${sandbox.name}-parent/${name.slice(1)}`;
    });
    const id = sandbox.id();
    expectRefusal(
      await runtime(root, 'create', '-b', bundle, id),
      /cannot trust ".*", which belongs to uid 1500/,
    );
    expect(readdirSync(root)).toEqual([name]);
  });

  test('a folder with the name of no container is left out of list, which names it', async () => {
    const root = stateDirectory();
    mkdirSync(`${root}/a name`);
    mkdirSync(`${root}/damaged`);
    writeFileSync(`${root}/damaged/state.json`, '{');
    const id = sandbox.id();
    expect(await runtime(root, 'run', '-d', '-b', waiting(), id)).toMatchObject({ status: 0 });
    const { status, stdout, stderr } = await runtime(root, 'list', '--quiet');
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${id}\n` });
    expect(stderr).toContain('\\"a name\\" in');
    expect(stderr).toContain(`cannot use ${root}/damaged/state.json: it is damaged`);
    expect(await runtime(root, 'delete', '--force', id)).toMatchObject({ status: 0 });
  });
});

test('[keyring] a session keyring that somebody made before is not joined', async () => {
  const id = sandbox.id();
  const bundle = sandbox.script('cat /proc/keys', (config) => {
    config.linux.maskedPaths = [];
  });
  const plant = ['keyring', `_ses.${id}`, runtimePath, '--root', sandbox.root, 'run', '-b', bundle, id];
  const { status, stdout } = await runProgram(compileProbe('plant', sandbox.folder), plant, {
    folder: sandbox.folder,
  });
  expect(status).toBe(0);
  // Beside the planted one, which has a key.
  expect(stdout).toMatch(new RegExp(` _ses\\.${id}[^:]*: empty\n`));
});

test.runIf(own)('update on a full disk changes nothing', async () => {
  const id = sandbox.id();
  const bundle = waiting((config) => {
    config.linux.resources.memory = { limit: 64 << 20 };
  });
  const root = stateDirectory();
  // The state directory is a small file system, in a mount namespace of its own.
  const script = `mount -t tmpfs -o size=128k tmpfs "$2" && chmod 711 "$2" || exit 99
    "$1" --root "$2" run -d -b "$3" "$4" || exit 98
    dd if=/dev/zero of="$2/fill" bs=4k 2> /dev/null
    "$1" --root "$2" update --memory 32000000 --pids-limit 77 "$4"; echo $?
    cat "$5"; ls -A "$2/$4" | sort | tr '\\n' ' '
    rm "$2/fill"; "$1" --root "$2" update --memory 33554432 "$4" && cat "$5"
    "$1" --root "$2" delete --force "$4"`;
  const { cgroupsPath } = JSON.parse(readFileSync(`${bundle}/config.json`, 'utf8')).linux;
  const v1 = `${cgroupDirectory('memory', cgroupsPath)}/memory.limit_in_bytes`;
  const file = existsSync('/sys/fs/cgroup/cgroup.controllers') ? v1.replace('limit_in_bytes', 'max') : v1;
  const { stdout, stderr } = await runProgram(
    '/usr/bin/unshare',
    ['--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', runtimePath, root, bundle, id, file],
    { folder: sandbox.folder },
  );
  expect(stderr).toMatch(/no space left on device \(ENOSPC\)/);
  expect(stdout).toBe(`1\n${64 << 20}\nanswer config.json lock.1.free state.json 33554432\n`);
});

test.runIf(own)('a process that cannot be looked up is not taken for one that has ended', () => {
  // Without an fd left nothing below /proc can be read.
  const script = `
    import { openSync } from 'node:fs';
    import { mapsOfNamespace } from './src/host/id-maps.ts';
    import { isAlive, ownIdentity, processesBeside } from './src/host/process.ts';
    const own = ownIdentity();
    try { for (;;) openSync('/dev/null'); } catch {}
    for (const ask of [() => isAlive(own), () => processesBeside(own.pid), () => mapsOfNamespace('/proc/self/ns/user')])
      try { ask(); process.stdout.write('answered '); } catch ({ code }) { process.stdout.write(code + ' '); }`;
  const { stdout, stderr } = spawnSync(
    '/bin/sh',
    ['-c', 'ulimit -n 100; exec "$@"', 'sh', process.execPath, '--input-type=module', '--eval', script],
    { encoding: 'utf8' },
  );
  expect({ stdout, stderr }).toEqual({ stdout: 'EMFILE EMFILE EMFILE ', stderr: '' });
});

test.runIf(own)('with few fds no command says that a container has stopped, or removes it', async () => {
  const id = sandbox.id();
  expect(await sandbox.run(['run', '-d', '-b', waiting(), id])).toMatchObject({ status: 0 });
  for (let limit = 4; limit < 40; limit += 2)
    for (const args of [['state', id], ['list'], ['delete', id], ['kill', id, '0']]) {
      const command = ['-c', `ulimit -n ${limit}; "$@"`, 'sh', runtimePath, '--root', sandbox.root, ...args];
      const { stdout } = await runProgram('/bin/sh', command, { folder: sandbox.folder });
      expect(stdout).not.toContain('stopped');
    }
  expect((await sandbox.state(id)).status).toBe('running');
  await sandbox.run(['delete', '--force', id]);
});
