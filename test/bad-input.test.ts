// Bad input: one line that names the property and the reason, exit status 1, and nothing left behind.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { runProgram, runtimeName, runtimePath } from './support/runtime.ts';
import { type AnyConfig, cgroupDirectory, Sandbox } from './support/sandbox.ts';
import { expectRefusal } from './support/words.ts';

const sandbox = Sandbox.forFile();

async function refuses(args: readonly string[], text: string | RegExp): Promise<void> {
  const result = await sandbox.run(args);
  expectRefusal(result, text);
}

/** A user namespace with one user. */
function ownUsers(config: AnyConfig): void {
  config.linux.namespaces.push({ type: 'user' });
  config.linux.uidMappings = config.linux.gidMappings = [{ containerID: 0, hostID: 0, size: 1 }];
}

afterEach(async () => {
  const { stdout } = await sandbox.run(['list', '-q']);
  if (runtimeName === 'slipway') {
    expect(stdout).toBe('');
    expect(sandbox.leftovers()).toEqual([]);
  }
  // Peers leave some of it behind.
  else for (const id of stdout.split('\n').filter(Boolean)) await sandbox.run(['delete', '--force', id]);
});

describe.each(['create', 'run'])('%s refuses', (command) => {
  test.each<[string, string, (config: AnyConfig) => void]>([
    ['a wrong type', '/process/cwd: expected a string, found 7', (c) => (c.process.cwd = 7)],
    ['a property that is missing', '/root/path: missing: expected a string', (c) => (c.root = {})],
    ['two problems at once', '/process/cwd: .*; /hostname: ', (c) => (c.process.cwd = c.hostname = 1)],
    // @refuses /root/path
    [
      'a rootfs that does not exist',
      '/root/path: rootfs ".*/none" does not exist',
      (c) => (c.root.path = 'none'),
    ],
    [
      'an unknown program whose name has a line of its own, and more',
      'exec: "no\\\\nsuch\\\\x1bm": executable file not found in \\$PATH',
      (c) => (c.process.args = ['no\nsuch\x1bm']),
    ],
    // @refuses /process/args
    ['an unknown program', 'executable file not found in \\$PATH', (c) => (c.process.args = ['nosuch'])],
    [
      'a path of no program',
      'exec: "/nosuch": stat /nosuch: no such file or directory',
      (c) => (c.process.args = ['/nosuch']),
    ],
    [
      'a program that is not executable',
      'exec: "/etc/passwd": .*permission denied',
      (c) => (c.process.args = ['/etc/passwd']),
    ],
    ['a program that is a directory', 'exec: "/etc": .*is a directory', (c) => (c.process.args = ['/etc'])],
    // @refuses /mounts/*/source
    [
      'a mount whose source is missing',
      '/mounts/7: mount "/none" on "/mnt": source: no such file or directory \\(ENOENT\\)',
      (c) => c.mounts.push({ destination: '/mnt', type: 'bind', source: '/none', options: ['bind'] }),
    ],
    // @refuses /mounts/*/type
    [
      'an unknown file system',
      '/mounts/7: mount "x" on "/mnt" type nosuchfs: no such device \\(ENODEV\\)',
      (c) => c.mounts.push({ destination: '/mnt', type: 'nosuchfs', source: 'x' }),
    ],
    // @refuses /mounts/*/options
    [
      'an option that the file system does not know',
      '/mounts/7: mount "x" on "/tmp" type tmpfs: nosuch=1: .*Unknown parameter \'nosuch\': invalid argument',
      (c) => c.mounts.push({ destination: '/tmp', type: 'tmpfs', source: 'x', options: ['nosuch=1'] }),
    ],
    // @refuses /linux/resources/cpu/{quota,period}
    [
      'a limit that the kernel refuses',
      '/linux/resources/cpu/quota: write "1( 100000)?" to .*: invalid argument',
      (c) => (c.linux.resources.cpu = { quota: 1 }),
    ],
    // @refuses /process/rlimits/*/type
    [
      'an unknown limit',
      '/process/rlimits/0/type: unknown limit "RLIMIT_X"',
      (c) => (c.process.rlimits[0].type = 'RLIMIT_X'),
    ],
    // @refuses /process/rlimits
    [
      'a limit twice',
      '/process/rlimits/1/type: a second RLIMIT_NOFILE',
      (c) => c.process.rlimits.push(c.process.rlimits[0]),
    ],
    // @refuses /linux/namespaces
    [
      'a namespace twice',
      '/linux/namespaces/5/type: a second pid namespace',
      (c) => c.linux.namespaces.push({ type: 'pid' }),
    ],
    // @refuses /hostname
    [
      'a hostname without UTS namespace',
      '/hostname: unable to set it',
      (c) => (c.linux.namespaces = [{ type: 'mount' }]),
    ],
    // @refuses /linux/namespaces/*/path
    [
      'a namespace of the wrong type',
      '/linux/namespaces/1/path: "/proc/self/ns/ipc" is ipc:\\[\\d+\\], expected a network namespace',
      (c) => (c.linux.namespaces[1].path = '/proc/self/ns/ipc'),
    ],
    // @refuses /mounts/*/options
    [
      'an unknown option of a bind',
      '/mounts/7/options: "nosuch=1": bind mounts cannot have any filesystem-specific options applied',
      (c) => c.mounts.push({ destination: '/mnt', source: '/tmp', options: ['bind', 'nosuch=1'] }),
    ],
    [
      'a recursive option beside one of mount(2)',
      '/mounts/7/options: remount, iversion and acl go with no recursive option',
      (c) => c.mounts.push({ destination: '/dev', source: '/dev', options: ['bind', 'remount', 'rro'] }),
    ],
    [
      'tmpcopyup of a bind',
      '/mounts/7/options: tmpcopyup: only a mount of type tmpfs',
      (c) => c.mounts.push({ destination: '/mnt', source: '/tmp', options: ['bind', 'tmpcopyup'] }),
    ],
    // @refuses /process/rlimits/*/{soft,hard}
    [
      'a soft limit above the hard one',
      '/process/rlimits/0/soft: 2048 is above the hard limit of 1024',
      (c) => (c.process.rlimits[0].soft = 2048),
    ],
    // @refuses /linux/devices/*/{major,minor}
    [
      'a device without numbers',
      '/linux/devices/0: /dev/x needs major and minor, as every device of type c',
      (c) => (c.linux.devices = [{ path: '/dev/x', type: 'c' }]),
    ],
    // @refuses /linux/resources/cpu/{quota,period}
    [
      'a limit below what the kernel allows',
      '/linux/resources/cpu/period: write "[ max0-9]+" to .*: invalid argument',
      (c) => (c.linux.resources.cpu = { period: 10 }),
    ],
    // @refuses /linux/namespaces/*/type
    [
      'an unknown namespace type',
      '/linux/namespaces/0/type: expected one of pid, network',
      (c) => (c.linux.namespaces[0].type = 'net'),
    ],
    // @refuses /linux/{uidMappings,gidMappings}
    [
      'id maps without a user namespace',
      "/linux/uidMappings: user namespace mappings specified, but user namespace isn't enabled",
      (c) => (c.linux.uidMappings = [{ containerID: 0, hostID: 1, size: 1 }]),
    ],
    // @refuses /linux/{uidMappings,gidMappings}
    [
      'a user namespace without id maps',
      '/linux/uidMappings: user namespaces enabled, but no uid mappings found: .*; /linux/gidMappings: ',
      (c) => c.linux.namespaces.push({ type: 'user' }),
    ],
    // @refuses /linux/{uidMappings,gidMappings}/*/{containerID,hostID,size}
    [
      'id maps that overlap',
      '/linux/uidMappings/1/containerID: 5 with size 10 overlaps mapping 0 .*; /linux/gidMappings/1/hostID: 105 with size 10 overlaps mapping 0',
      (c) => {
        c.linux.namespaces.push({ type: 'user' });
        c.linux.uidMappings = [
          { containerID: 0, hostID: 100, size: 10 },
          { containerID: 5, hostID: 500, size: 10 },
        ];
        c.linux.gidMappings = [
          { containerID: 0, hostID: 100, size: 10 },
          { containerID: 50, hostID: 105, size: 10 },
        ];
      },
    ],
    // @refuses /linux/{uidMappings,gidMappings}/*/{containerID,hostID,size}
    [
      'an id map without ids',
      '/linux/uidMappings/0/size: 0 ids do not fit',
      (c) => {
        c.linux.namespaces.push({ type: 'user' });
        c.linux.uidMappings = [{ containerID: 0, hostID: 0, size: 0 }];
        c.linux.gidMappings = [{ containerID: 0, hostID: 0, size: 1 }];
      },
    ],
    // @refuses /process/user/uid
    [
      'a user that is not mapped',
      '/process/user/uid: 7 has no mapping in /linux/uidMappings',
      (c) => {
        ownUsers(c);
        c.process.user.uid = 7;
      },
    ],
    // @refuses /mounts/*/{uidMappings,gidMappings}/*/{containerID,hostID,size}
    [
      'an id-mapped mount without maps',
      '/mounts/7/options: idmap: no mappings',
      (c) => c.mounts.push({ destination: '/mnt', source: '/tmp', options: ['bind', 'idmap'] }),
    ],
    [
      'an id-mapped mount that is no bind',
      '/mounts/7: id-mapped mounts must be binds',
      (c) => c.mounts.push({ destination: '/mnt', type: 'tmpfs', source: 'x', options: ['idmap'] }),
    ],
    // @refuses /mounts/*/{uidMappings,gidMappings}
    [
      'half a map of a mount',
      '/mounts/7: uidMappings and gidMappings go together',
      (c) =>
        c.mounts.push({
          destination: '/mnt',
          source: '/tmp',
          options: ['bind'],
          uidMappings: [{ containerID: 0, hostID: 1, size: 1 }],
        }),
    ],
    [
      'a kernel parameter that hostname is for',
      'sysctl "kernel.hostname" conflicts with /hostname',
      (c) => (c.linux.sysctl = { 'kernel.hostname': 'x' }),
    ],
    // @refuses /linux/timeOffsets
    [
      'clock offsets without a time namespace',
      '/linux/timeOffsets: offsets need a new time namespace',
      (c) => (c.linux.timeOffsets = { monotonic: { secs: 1 } }),
    ],
    // @refuses /linux/intelRdt
    [
      'Intel RDT where there is none',
      '/linux/intelRdt: Intel RDT is not there: resctrl is not mounted at /sys/fs/resctrl',
      (c) => (c.linux.intelRdt = { closID: 'x' }),
    ],
    [
      'a hook that may take no time',
      '/hooks/poststop/0/timeout: expected a number of seconds greater than 0, found 0',
      (c) => (c.hooks = { poststop: [{ path: '/bin/true', timeout: 0 }] }),
    ],
    // @refuses /process/user/uid
    [
      'a user with the id that means none',
      '/process/user/uid: expected an integer from 0 to 4294967294, found 4294967295',
      (c) => (c.process.user.uid = 4294967295),
    ],
    // @refuses /process/user/gid
    [
      'a group that is not mapped',
      '/process/user/gid: 7 has no mapping in /linux/gidMappings',
      (c) => {
        ownUsers(c);
        c.process.user.gid = 7;
      },
    ],
    // @refuses /process/user/additionalGids
    [
      'a further group that is not mapped',
      '/process/user/additionalGids/1: 7 has no mapping in /linux/gidMappings',
      (c) => {
        ownUsers(c);
        c.process.user.additionalGids = [0, 7];
      },
    ],
    // @refuses /linux/devices/*/{uid,gid}
    [
      'a device whose owner is not mapped',
      '/linux/devices/0: .*/dev/x.*: invalid argument',
      (c) => {
        ownUsers(c);
        c.mounts = c.mounts.filter((mount: AnyConfig) => mount.type !== 'devpts');
        c.linux.devices = [{ path: '/dev/x', type: 'p', uid: 7 }];
      },
    ],
    // @refuses /linux/devices/*/path
    [
      'a device in the place of which there can be none',
      '/linux/devices/0: open the directory of "/etc/passwd/x": not a directory',
      (c) => (c.linux.devices = [{ path: '/etc/passwd/x', type: 'p' }]),
    ],
    // @refuses /process/cwd
    [
      'a working directory that is a file',
      '/process/cwd: mkdir "/etc/passwd": not a directory',
      (c) => (c.process.cwd = '/etc/passwd'),
    ],
    // @refuses /process/rlimits/*/{soft,hard}
    [
      'a limit that nobody may have',
      '/process/rlimits/0: setrlimit 7 to 1024, 1099511627776: operation not permitted',
      (c) => (c.process.rlimits[0].hard = 2 ** 40),
    ],
    // @refuses /hostname
    [
      'a host name that is too long',
      '/hostname: sethostname "x+": invalid argument',
      (c) => (c.hostname = 'x'.repeat(65)),
    ],
    // @refuses /domainname
    [
      'a domain name that is too long',
      '/domainname: setdomainname "x+": invalid argument',
      (c) => (c.domainname = 'x'.repeat(65)),
    ],
    // @refuses /linux/timeOffsets/{monotonic,boottime}/{secs,nanosecs}
    [
      'an offset that no clock can have',
      '/linux/timeOffsets: write /proc/self/timens_offsets: numerical result out of range',
      (c) => {
        c.linux.namespaces.push({ type: 'time' });
        c.linux.timeOffsets = { boottime: { secs: -9007199254740991 } };
      },
    ],
    // @refuses /linux/resources/cpu/cpus
    [
      'CPUs that are not there',
      '/linux/resources/cpu/cpus: write "99" to .*: (numerical result out of range|invalid argument)',
      (c) => (c.linux.resources.cpu = { cpus: '99' }),
    ],
    // @refuses /linux/resources/cpu/mems
    [
      'memory nodes that are not there',
      '/linux/resources/cpu/mems: write "99" to .*: invalid argument',
      (c) => (c.linux.resources.cpu = { mems: '99' }),
    ],
    // @refuses /linux/resources/pids/limit
    [
      'more processes than there can be',
      '/linux/resources/pids/limit: write "9007199254740991" to .*: invalid argument',
      (c) => (c.linux.resources.pids = { limit: 9007199254740991 }),
    ],
    // @refuses /linux/cgroupsPath
    [
      'the root cgroup',
      '/linux/cgroupsPath: must name a cgroup below the root',
      (c) => (c.linux.cgroupsPath = '//'),
    ],
    // @refuses /linux/cgroupsPath
    [
      'a cgroup path that leads up',
      '/linux/cgroupsPath: ".." is not allowed',
      (c) => (c.linux.cgroupsPath = '/a/../../b'),
    ],
  ])('%s', async (_, text, change) => {
    const pidFile = `${sandbox.folder}/pid`;
    await refuses(
      [command, '--pid-file', pidFile, '-b', sandbox.bundle(change), sandbox.id()],
      new RegExp(text),
    );
    // Peers may have written it before.
    if (runtimeName === 'slipway') expect(existsSync(pidFile)).toBe(false);
    rmSync(pidFile, { force: true });
  });

  // @refuses /process/oomScoreAdj
  test('a score that takes CAP_SYS_RESOURCE, without that', async () => {
    const bundle = sandbox.bundle((config) => {
      config.process.oomScoreAdj = -1000;
    });
    const args = [runtimePath, '--root', sandbox.root, command, '-b', bundle, sandbox.id()];
    const result = await runProgram('/usr/bin/setpriv', ['--bounding-set=-sys_resource', ...args], {
      folder: sandbox.folder,
    });
    expectRefusal(result, '/process/oomScoreAdj: write "-1000" to "/proc/');
  });

  // @shows bundle.md: a bundle is a directory with a config.json
  test('a bundle without config.json', async () => {
    const bundle = sandbox.bundle();
    rmSync(`${bundle}/config.json`);
    await refuses([command, '-b', bundle, sandbox.id()], 'config.json not found');
  });

  // @shows bundle.md: a bundle is a directory with a config.json
  test('a bundle that does not exist', async () => {
    await refuses([command, '-b', '/none', sandbox.id()], 'bundle "/none": no such file or directory');
  });

  // @shows bundle.md: a bundle is a directory with a config.json
  test('broken JSON', async () => {
    const bundle = sandbox.bundle();
    writeFileSync(`${bundle}/config.json`, '{"ociVersion":');
    const where = 'config.json is not JSON: line 1, column 15: value expected';
    await refuses([command, '-b', bundle, sandbox.id()], where);
  });

  test('an id that is longer than a name can be', async () => {
    const words = 'letters, digits and _ + - . only, at most 255';
    await refuses([command, '-b', sandbox.bundle(), 'x'.repeat(256)], words);
  });

  // @shows runtime.md#scope-of-a-container: an id is unique, and has a form
  test.each(['', '.', '..', 'a/b', '../a', 'a b'])('the id %j', async (id) => {
    await refuses(
      [command, '-b', sandbox.bundle(), id],
      /container id cannot be empty|invalid container ID format/,
    );
  });

  // @refuses /linux/cgroupsPath
  test('a cgroup that somebody is in', async () => {
    const path = cgroupDirectory('pids', `/${sandbox.name}-taken`);
    mkdirSync(path);
    const sleeper = spawn('sleep', ['100'], { stdio: 'ignore' });
    try {
      writeFileSync(`${path}/cgroup.procs`, String(sleeper.pid));
      const bundle = sandbox.bundle((config) => {
        config.linux.cgroupsPath = `/${sandbox.name}-taken`;
      });
      await refuses([command, '-b', bundle, sandbox.id()], "container's cgroup is not empty: 1 process");
    } finally {
      sleeper.kill('SIGKILL');
      await once(sleeper, 'exit');
      rmdirSync(path);
    }
  });

  test('LISTEN_FDS of which one is not open', async () => {
    const call = `LISTEN_FDS=2 LISTEN_PID=$$ exec "$@" 3</dev/null`;
    const args = [runtimePath, '--root', sandbox.root, command, '-b', sandbox.bundle(), sandbox.id()];
    const result = await runProgram('/bin/sh', ['-c', call, 'sh', ...args], { folder: sandbox.folder });
    expectRefusal(result, 'LISTEN_FDS=2: file descriptor 4 is not open');
  });

  test('a bundle that the caller may not reach', async () => {
    const args = [runtimePath, '--root', sandbox.root, command, '-b', sandbox.bundle(), sandbox.id()];
    const result = await runProgram('/usr/bin/setpriv', ['--reuid', '65534', '--clear-groups', ...args], {
      folder: sandbox.folder,
    });
    expectRefusal(result, 'permission denied (EACCES)\n');
  });

  test('a state directory that cannot be made', async () => {
    const args = ['--root', '/proc/none', command, '-b', sandbox.bundle(), sandbox.id()];
    const result = await runProgram(runtimePath, args, { folder: sandbox.folder });
    expectRefusal(result, 'mkdir "/proc/none": no such file or directory (ENOENT)\n');
  });

  test('a host without unshare', async () => {
    const args = [command, '-b', sandbox.bundle(), sandbox.id()];
    const result = await sandbox.run(args, { env: { PATH: '/nosuch' } });
    expectRefusal(result, 'cannot run "unshare": is util-linux installed, and in PATH?');
  });

  test('a pid file that cannot be written', async () => {
    await refuses([command, '--pid-file', '/none/pid', '-b', sandbox.bundle(), sandbox.id()], '--pid-file');
  });
});

describe.each([['state'], ['start'], ['kill'], ['delete']])('%s refuses', (command) => {
  test('an id that nobody has', async () => {
    await refuses([command, 'nobody'], 'container does not exist');
  });

  test.each(['', '..', 'a/b'])('the id %j', async (id) => {
    await refuses([command, id], /container id cannot be empty|invalid container ID format/);
  });
});
