// The process of config.json (config.md#process), seen from inside.

import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism } from 'node:os';
import { describe, expect, test } from 'vitest';
import { runProgram, runtimePath } from './support/runtime.ts';
import { type AnyConfig, Sandbox } from './support/sandbox.ts';
import { inUserNamespace } from './support/user-namespace.ts';
import { expectRefusal, says } from './support/words.ts';

const sandbox = Sandbox.forFile();

function inside(script: string, change: (config: AnyConfig) => void = () => undefined): Promise<string> {
  return sandbox.output(sandbox.script(script, change));
}

/** A line of /proc/self/status, without its name. */
function statusLine(name: string, change: (config: AnyConfig) => void): Promise<string> {
  return inside(`grep ^${name}: /proc/self/status`, change).then((line) =>
    line.split('\t').slice(1).join(' ').trim(),
  );
}

// @shows /process
describe('process', () => {
  // @shows /process/cwd
  test('cwd is made when missing, and is the working directory', async () => {
    const output = await inside('pwd', (config) => {
      config.root.readonly = false;
      config.process.cwd = '/made/for/it';
    });
    expect(output).toBe('/made/for/it\n');
  });

  // @shows /process/env
  test('env is all there is, with one entry of each name', async () => {
    const output = await inside('env | sort', (config) => {
      config.process.env = ['PATH=/bin', 'A=1', 'A=2', 'EMPTY=', 'HOME=/h'];
    });
    expect(output.split('\n').filter((line) => !/^(PWD|SHLVL|_)=/.test(line))).toEqual([
      'A=2',
      'EMPTY=',
      'HOME=/h',
      'PATH=/bin',
      '',
    ]);
  });

  // @refuses /process/env
  test('an environment that is too long is an error', async () => {
    const bundle = sandbox.bundle((config) => config.process.env.push(`LONG=${'x'.repeat(200_000)}`));
    expectRefusal(
      await sandbox.run(['run', '-b', bundle, sandbox.id()]),
      '/process/args: exec /bin/sh: argument list too long (E2BIG)',
    );
  });

  test.each([
    [0, '/root'],
    [1000, '/home/user'],
    [4711, '/'],
  ])('HOME of uid %i comes from the passwd of the container: %s', async (uid, home) => {
    const output = await inside('echo $HOME', (config) => {
      config.process.user = { uid, gid: 0 };
    });
    expect(output).toBe(`${home}\n`);
  });

  test('an empty HOME is none, of a container and of exec', async () => {
    const change = (config: AnyConfig) => config.process.env.push('HOME=');
    expect(await inside('echo $HOME', change)).toBe('/root\n');
    const id = sandbox.id();
    expect(await sandbox.run(['run', '-d', '-b', sandbox.script('sleep 1000'), id])).toMatchObject({
      status: 0,
    });
    const exec = await sandbox.run(['exec', '-e', 'HOME=', id, 'sh', '-c', 'echo $HOME']);
    expect(exec.stdout).toBe('/root\n');
    await sandbox.run(['delete', '--force', id]);
  });

  test('it has every CPU, also when its caller has only some; exec too', async () => {
    const cpus = availableParallelism();
    const list = cpus === 1 ? '0' : `0-${cpus - 1}`;
    const grep = 'grep Cpus_allowed_list /proc/self/status';
    const unlimited = (config: AnyConfig) => {
      config.linux.resources = {};
    };
    const bound = async (...args: string[]) =>
      (await runProgram('taskset', ['-c', '0', runtimePath, '--root', sandbox.root, ...args], sandbox))
        .stdout;
    const shown = `Cpus_allowed_list:\t${list}\n`;
    expect(await bound('run', '-b', sandbox.script(grep, unlimited), sandbox.id())).toBe(shown);
    const id = sandbox.id();
    await bound('run', '-d', '-b', sandbox.script('sleep 1000', unlimited), id);
    expect(await bound('exec', id, 'sh', '-c', grep)).toBe(shown);
    await sandbox.run(['delete', '--force', id]);
  });

  test('in a user namespace stdout can be opened again', async () => {
    const bundle = sandbox.script(
      'echo a > /dev/stdout && echo b > /dev/stderr && cat /dev/stdin',
      (config) => {
        inUserNamespace(config);
        config.process.user = { uid: 7, gid: 7 };
      },
    );
    sandbox.giveRootfs(bundle);
    const before = statSync('/dev/null').uid;
    const stdin = `${sandbox.folder}/private-stdin`;
    writeFileSync(stdin, 'c\n', { mode: 0o600 });
    const result = await sandbox.run(['run', '-b', bundle, sandbox.id()], { stdin });
    expect(result).toMatchObject({ status: 0, stdout: expect.stringMatching(/^(a\n)?c\n$/) });
    expect(statSync(stdin).uid).toBe(100_007);
    expect(statSync('/dev/null').uid).toBe(before);
  });

  test('a program that only its capabilities let the user run', async () => {
    const bundle = sandbox.bundle((config) => {
      config.process.args = ['/bin/owned', 'echo', 'ran'];
      config.process.user = { uid: 1000, gid: 1000 };
      const all = ['CAP_DAC_OVERRIDE'];
      config.process.capabilities = {
        bounding: all,
        effective: all,
        permitted: all,
        inheritable: all,
        ambient: all,
      };
    });
    copyFileSync('/bin/busybox', `${bundle}/rootfs/bin/owned`);
    chmodSync(`${bundle}/rootfs/bin/owned`, 0o700);
    renameSync(`${bundle}/rootfs/bin/owned`, `${bundle}/rootfs/bin/true2`);
    symlinkSync('true2', `${bundle}/rootfs/bin/owned`);
    const { status, stderr } = await sandbox.run(['run', '-b', bundle, sandbox.id()]);
    // busybox knows no applet of that name: it ran.
    expect([status, stderr]).toEqual([127, expect.stringContaining('applet not found')]);
  });

  test.each([
    ['#!/bin/nosuch -x\n', '/bin/nosuch'],
    ['#! /lib/none\n', '/lib/none'],
  ])('a script whose interpreter is missing: %j', async (text, interpreter) => {
    const bundle = sandbox.bundle((config) => {
      config.process.args = ['/bin/script'];
    });
    writeFileSync(`${bundle}/rootfs/bin/script`, text, { mode: 0o755 });
    expectRefusal(
      await sandbox.run(['run', '-b', bundle, sandbox.id()]),
      `exec /bin/script: its interpreter "${interpreter}": no such file or directory (ENOENT)`,
    );
  });

  test('a program whose loader is missing', async () => {
    const bundle = sandbox.bundle((config) => {
      config.process.args = ['/bin/dynamic'];
    });
    copyFileSync('/usr/bin/env', `${bundle}/rootfs/bin/dynamic`);
    const words = /exec \/bin\/dynamic: its interpreter ".*ld-linux.*": no such file or directory/;
    expectRefusal(await sandbox.run(['run', '-b', bundle, sandbox.id()]), words);
  });

  test('an ambient capability that is not inheritable is a warning', async () => {
    const bundle = sandbox.script('grep CapAmb /proc/self/status', (config) => {
      config.process.capabilities.ambient = ['CAP_KILL'];
    });
    const result = await sandbox.run(['run', '-b', bundle, sandbox.id()]);
    expect(result).toMatchObject({
      status: 0,
      stdout: 'CapAmb:\t0000000000000000\n',
      stderr: says("can't raise ambient capability CAP_KILL: what is not both permitted and inheritable"),
    });
  });

  test('exec --cap keeps the ambient set of the container', async () => {
    const set = ['CAP_KILL', 'CAP_NET_BIND_SERVICE'];
    const bundle = sandbox.script('sleep 1000', (config) => {
      config.process.capabilities = {
        bounding: set,
        effective: set,
        permitted: set,
        inheritable: set,
        ambient: set,
      };
    });
    const id = sandbox.id();
    expect(await sandbox.run(['run', '-d', '-b', bundle, id])).toMatchObject({ status: 0 });
    const grep = ['grep', 'CapAmb', '/proc/self/status'];
    expect((await sandbox.run(['exec', '--cap', 'CAP_CHOWN', id, ...grep])).stdout).toBe(
      'CapAmb:\t0000000000000420\n',
    );
    await sandbox.run(['delete', '--force', id]);
  });

  test('an /etc/passwd that is a fifo holds nothing up', async () => {
    const bundle = sandbox.script('echo $HOME');
    spawnSync('rm', [`${bundle}/rootfs/etc/passwd`]);
    spawnSync('mkfifo', [`${bundle}/rootfs/etc/passwd`]);
    expect(await sandbox.output(bundle)).toBe('/\n');
  });

  test('an /etc/passwd of one line of a GiB is given up', async () => {
    const bundle = sandbox.script('echo $HOME');
    writeFileSync(`${bundle}/rootfs/etc/passwd`, 'nobody:');
    truncateSync(`${bundle}/rootfs/etc/passwd`, 2 ** 30);
    const started = Date.now();
    expect(await sandbox.output(bundle)).toBe('/\n');
    expect(Date.now() - started).toBeLessThan(2000);
  });

  test.each([
    ['a line too long', `${'x'.repeat(5000)}:x:0:0::/wrong:/bin/sh`],
    ['a part of a line too long', `${'x'.repeat(4095)}root:x:0:0::/wrong:/bin/sh`],
    ['a comment, a line without ids', '# root:x:0:0::/wrong:\nroot:x:::/wrong:/bin/sh'],
    ['an id that is no number', 'root:x:+0:0::/wrong:/bin/sh\nroot:x:0x0:0::/wrong:/bin/sh'],
  ])('HOME does not come from %s', async (_, lines) => {
    const bundle = sandbox.script('echo $HOME');
    writeFileSync(`${bundle}/rootfs/etc/passwd`, `${lines}\nroot:x:0:0::/right`);
    expect(await sandbox.output(bundle)).toBe('/right\n');
  });

  test('a program that is not there is the error, also while the host still works on its process', async () => {
    const bundle = sandbox.bundle((config) => {
      config.process.oomScoreAdj = 500;
      config.process.args = ['/nosuch'];
    });
    for (let round = 0; round < 40; round++)
      expectRefusal(await sandbox.run(['create', '-b', bundle, sandbox.id()]), '/nosuch');
  });

  // @shows /process/user
  // @shows /process/user/uid
  // @shows /process/user/gid
  // @shows /process/user/additionalGids
  test('user sets uid, gid and groups', async () => {
    const user = { uid: 1000, gid: 1001, additionalGids: [5, 1002] };
    const set = (config: AnyConfig) => {
      config.process.user = user;
    };
    expect(await statusLine('Uid', set)).toBe('1000 1000 1000 1000');
    expect(await statusLine('Gid', set)).toBe('1001 1001 1001 1001');
    expect(await statusLine('Groups', set)).toBe('5 1002');
  });

  // @shows /process/user/umask
  test.each([
    [0o077, '0077'],
    [undefined, '0022'],
  ])('umask %j is %s inside', async (umask, shown) => {
    const output = await statusLine('Umask', (config) => {
      config.process.user = { uid: 0, gid: 0, ...(umask === undefined ? {} : { umask }) };
    });
    expect(output).toBe(shown);
  });

  // @shows /process/capabilities/{bounding,effective,inheritable,permitted,ambient}
  test('capabilities set the five sets', async () => {
    const bit = (...numbers: number[]) =>
      numbers
        .reduce((sum, n) => sum + 2 ** n, 0)
        .toString(16)
        .padStart(16, '0');
    const output = await inside('grep ^Cap /proc/self/status', (config) => {
      config.process.capabilities = {
        bounding: ['CAP_CHOWN', 'CAP_KILL', 'CAP_NET_RAW', 'CAP_BPF'],
        permitted: ['CAP_CHOWN', 'CAP_KILL'],
        effective: ['CAP_CHOWN'],
        inheritable: ['CAP_KILL'],
        ambient: ['CAP_KILL'],
      };
      config.process.user = { uid: 1000, gid: 1000 };
    });
    // After execve of a program without file capabilities: permitted and effective are the ambient set.
    expect(output.split('\n').filter(Boolean)).toEqual([
      `CapInh:\t${bit(5)}`,
      `CapPrm:\t${bit(5)}`,
      `CapEff:\t${bit(5)}`,
      `CapBnd:\t${bit(0, 5, 13, 39)}`,
      `CapAmb:\t${bit(5)}`,
    ]);
  });

  // @shows /process/capabilities
  test('without capabilities it has none', async () => {
    const output = await inside('grep ^Cap /proc/self/status', (config) => {
      delete config.process.capabilities;
    });
    expect(output.match(/\t0{16}\n/g)).toHaveLength(5);
  });

  // @refuses /process/capabilities/{bounding,effective,inheritable,permitted,ambient}
  test('an unknown capability is a warning (config.md#linux-process)', async () => {
    const bundle = sandbox.script('echo ran', (config) => {
      config.process.capabilities.bounding.push('CAP_NOSUCH');
    });
    const result = await sandbox.run(['run', '-b', bundle, sandbox.id()]);
    expect(result).toMatchObject({ status: 0, stdout: 'ran\n' });
    expect(result.stderr).toEqual(
      says(
        /level=warning msg="\/process\/capabilities\/bounding\/3: unknown capability \\"CAP_NOSUCH\\", ignored/,
      ),
    );
  });

  // @shows /process/noNewPrivileges
  test.each([
    [true, '1'],
    [false, '0'],
  ])('noNewPrivileges %j', async (value, shown) => {
    expect(await statusLine('NoNewPrivs', (config) => (config.process.noNewPrivileges = value))).toBe(shown);
  });

  // @shows /process/rlimits
  // @shows /process/rlimits/*/type
  // @shows /process/rlimits/*/{soft,hard}
  test('rlimits set soft and hard limits', async () => {
    const output = await inside('grep -E "open files|core file|file size" /proc/self/limits', (config) => {
      config.process.rlimits = [
        { type: 'RLIMIT_NOFILE', soft: 100, hard: 200 },
        { type: 'RLIMIT_CORE', soft: 4096, hard: 8192 },
        { type: 'RLIMIT_FSIZE', soft: 1073741824, hard: 2147483648 },
      ];
    });
    expect(output.split('\n').map((line) => line.split(/\s+/).slice(-4, -1).slice(0, 2))).toEqual([
      ['1073741824', '2147483648'],
      ['4096', '8192'],
      ['100', '200'],
      [],
    ]);
  });

  test('without a limit for open files it has the one of the caller, not of the engine', async () => {
    const bundle = sandbox.script('ulimit -Sn; ulimit -Hn', (config) => {
      config.process.rlimits = [];
    });
    const wrapper = `${sandbox.folder}/limited`;
    writeFileSync(wrapper, '#!/bin/sh\nulimit -Sn 300; ulimit -Hn 900; exec "$@"\n', { mode: 0o755 });
    const args = [runtimePath, '--root', sandbox.root, 'run', '-b', bundle, sandbox.id()];
    const result = await runProgram(wrapper, args, { folder: sandbox.folder });
    expect(result).toEqual({ status: 0, stdout: '300\n900\n', stderr: '' });
  });

  // @shows /process/commandLine
  // @shows /process/user/username
  // @shows /{solaris,windows,vm,zos,freebsd}
  test('what is for other platforms is passed over', async () => {
    const output = await inside('id -u', (config) => {
      const others = {
        solaris: { milestone: 'x' },
        windows: { layerFolders: [] },
        vm: { kernel: { path: '/x' } },
        zos: {},
        freebsd: {},
      };
      Object.assign(config, others);
      config.process.commandLine = 'nosuch';
      config.process.user = { uid: 7, gid: 7, username: 'root' };
    });
    expect(output).toBe('7\n');
  });

  // @shows /process/oomScoreAdj
  test('oomScoreAdj is set, or left as it is', async () => {
    const own = spawnSync('cat', ['/proc/self/oom_score_adj'], { encoding: 'utf8' }).stdout;
    expect(await inside('cat /proc/self/oom_score_adj', (config) => (config.process.oomScoreAdj = 500))).toBe(
      '500\n',
    );
    expect(await inside('cat /proc/self/oom_score_adj')).toBe(own);
  });

  test('starts with no signal ignored or blocked', async () => {
    const output = await sandbox.output(
      sandbox.bundle((config) => {
        config.process.args = ['grep', '-E', '^Sig(Ign|Blk)', '/proc/self/status'];
      }),
    );
    expect(output).toBe('SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n');
  });

  test('has a session keyring of its own, save with --no-new-keyring', async () => {
    const bundle = sandbox.script('cat /proc/keys', (config) => {
      config.linux.maskedPaths = [];
    });
    const [own, callers] = [sandbox.id(), sandbox.id()];
    expect((await sandbox.run(['run', '-b', bundle, own])).stdout).toMatch(
      new RegExp(` keyring   _ses\\.${own}[.0-9a-f]*:`),
    );
    const { stdout } = await sandbox.run(['run', '--no-new-keyring', '-b', bundle, callers]);
    expect(stdout).not.toContain(`_ses.${callers}`);
  });
});
