// Mounts, devices, masked and read-only paths (config.md#mounts, config-linux.md), seen from inside.

import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, test } from 'vitest';
import { hostFacts } from '../src/host/facts.ts';
import { runProgram, runtimeName, runtimePath } from './support/runtime.ts';
import { type AnyConfig, Sandbox } from './support/sandbox.ts';
import { expectRefusal, says } from './support/words.ts';

const sandbox = Sandbox.forFile();

function inside(script: string, change: (config: AnyConfig) => void = () => undefined): Promise<string> {
  return sandbox.output(sandbox.script(script, change));
}

/** Options of a mount as /proc/self/mountinfo shows them: of the mount, then of the super block; and the propagation. */
async function mounted(
  mount: object,
): Promise<{ options: string[]; superOptions: string[]; propagation: string }> {
  const line = await inside('grep " /mnt " /proc/self/mountinfo', (config) => {
    config.mounts.push({ destination: '/mnt', type: 'tmpfs', source: 'tmpfs', ...mount });
  });
  const [before = '', after = ''] = line.trim().split(' - ');
  const fields = before.split(' ');
  return {
    options: (fields[5] ?? '').split(','),
    superOptions: (after.split(' ')[2] ?? '').split(','),
    propagation: fields.slice(6).join(' '),
  };
}

/** A bundle whose root file system has /data, mode 0750, with a bit of everything. */
function withDirectory(script: string, change: (config: AnyConfig) => void): string {
  const bundle = sandbox.script(script, change);
  const data = `${bundle}/rootfs/data`;
  mkdirSync(`${data}/sub`, { recursive: true });
  writeFileSync(`${data}/sub/file`, 'content\n');
  symlinkSync('sub/file', `${data}/link`);
  spawnSync('mkfifo', ['-m', '600', `${data}/fifo`]);
  chownSync(`${data}/sub/file`, 3, 4);
  chmodSync(`${data}/sub/file`, 0o4755);
  chownSync(`${data}/sub`, 5, 6);
  chmodSync(`${data}/sub`, 0o711);
  chmodSync(data, 0o750);
  for (const name of ['fifo', 'sub/file', 'sub']) utimesSync(`${data}/${name}`, 1_000_000_000, 1_000_000_000);
  return bundle;
}

// @shows /mounts
describe('mounts', () => {
  // @shows /mounts/*/options
  test.each([
    [['ro'], ['ro']],
    [['ro', 'rw'], ['rw']],
    [
      ['nosuid', 'nodev', 'noexec'],
      ['nosuid', 'nodev', 'noexec'],
    ],
    [
      ['nosuid', 'suid'],
      ['rw', 'relatime'],
    ],
    [['noatime'], ['noatime']],
    [['relatime'], ['relatime']],
    [['nodiratime'], ['nodiratime']],
    [['nosymfollow'], ['nosymfollow']],
    [['defaults'], ['rw', 'relatime']],
  ])('options %j show as %j', async (options, shown) => {
    expect((await mounted({ options })).options).toEqual(expect.arrayContaining(shown));
  });

  test('strictatime leaves no access time option', async () => {
    expect((await mounted({ options: ['strictatime'] })).options).toEqual(['rw']);
  });

  // @shows /mounts/*/type
  test('what the specification does not name goes to the file system', async () => {
    const { superOptions } = await mounted({ options: ['size=64k', 'mode=700', 'nr_inodes=10'] });
    expect(superOptions).toEqual(expect.arrayContaining(['size=64k', 'mode=700', 'nr_inodes=10']));
  });

  // @shows /mounts/*/options
  test.each(['rw', 'sync', 'dirsync', 'lazytime', 'mand'])(
    '%s is an option of the super block',
    async (option) => {
      // The kernel dropped mandatory locking, and lets the option pass without effect.
      const shown = option === 'mand' ? 'rw' : option;
      expect((await mounted({ options: [option] })).superOptions).toContain(shown);
    },
  );

  // @shows /mounts/*/options
  test.each([
    [['sync', 'async'], 'sync'],
    [['lazytime', 'nolazytime'], 'lazytime'],
    [['ro', 'rw'], 'ro'],
    [['nodev', 'dev'], 'nodev'],
    [['noexec', 'exec'], 'noexec'],
    [['nodiratime', 'diratime'], 'nodiratime'],
    [['nosymfollow', 'symfollow'], 'nosymfollow'],
    [['noatime', 'atime'], 'noatime'],
  ])('the later one of %j counts', async (options, gone) => {
    const { options: shown, superOptions } = await mounted({ options });
    expect([...shown, ...superOptions]).not.toContain(gone);
  });

  test.each(['silent', 'loud', 'nomand', 'noiversion', 'iversion'])(
    '%s is no option for the file system',
    async (option) => {
      const { options, superOptions } = await mounted({ options: [option, 'nosuid', 'size=64k'] });
      expect(options).toContain('nosuid');
      expect(superOptions).toContain('size=64k');
    },
  );

  test('options that an engine has seen to are passed over', async () => {
    expect((await mounted({ options: ['z', 'Z', 'U', 'nosuid'] })).options).toContain('nosuid');
  });

  test('remount changes the options of what is mounted there, of the super block too', async () => {
    const line = await inside('grep " /mnt " /proc/self/mountinfo', (config) => {
      const mount = { destination: '/mnt', type: 'tmpfs', source: 'tmpfs' };
      config.mounts.push({ ...mount, options: ['nosuid', 'nodev', 'size=64k'] });
      config.mounts.push({ ...mount, options: ['remount', 'nosuid', 'ro', 'size=128k'] });
    });
    expect(line.trim().split('\n')).toHaveLength(1);
    expect(line).toMatch(/ ro,nosuid,relatime - tmpfs tmpfs r[ow],size=128k/);
  });

  test('iversion and acl take nothing from a bind', async () => {
    const source = `${sandbox.folder}/bound`;
    writeFileSync(source, 'bound\n');
    const output = await inside('cat /dev/bound; grep " /dev/bound " /proc/self/mountinfo', (config) => {
      const options = ['bind', 'ro', 'nosuid', 'iversion', 'acl'];
      config.mounts.push({ destination: '/dev/bound', source, options });
    });
    expect(output).toMatch(/^bound\n.* ro,nosuid,/);
  });

  test('remount of a bind changes the mount alone', async () => {
    const source = `${sandbox.folder}/remounted`;
    mkdirSync(source);
    const line = await inside('grep " /mnt " /proc/self/mountinfo', (config) => {
      config.mounts.push({ destination: '/mnt', source, options: ['bind'] });
      config.mounts.push({ destination: '/mnt', source, options: ['bind', 'remount', 'ro', 'noexec'] });
    });
    expect(line).toMatch(/ ro,noexec,\S* - \S+ \S+ rw/);
  });

  /** Whether an option shows on a bind mount, and on the one below it. */
  async function recursively(prepared: string, options: string[], shown: string): Promise<boolean[]> {
    const source = `${sandbox.folder}/tree`;
    const host = (...args: string[]) =>
      expect(spawnSync('mount', ['-t', 'tmpfs', '-o', prepared, 'tmpfs', ...args]).status).toBe(0);
    mkdirSync(source, { recursive: true });
    host(source);
    try {
      spawnSync('mount', ['-o', 'remount,rw', source]);
      mkdirSync(`${source}/inner`);
      host(`${source}/inner`);
      spawnSync('mount', ['-o', `remount,${prepared}`, source]);
      const lines = await inside('grep " /mnt" /proc/self/mountinfo', (config) => {
        config.mounts.push({ destination: '/mnt', type: 'bind', source, options: ['rbind', ...options] });
      });
      return lines
        .trim()
        .split('\n')
        .map((line) => (line.split(' ')[5] ?? '').split(',').includes(shown));
    } finally {
      spawnSync('umount', [`${source}/inner`, source]);
    }
  }

  // @shows /mounts/*/options
  test.each([
    ['rro', 'ro'],
    ['rnosuid', 'nosuid'],
    ['rnodev', 'nodev'],
    ['rnoexec', 'noexec'],
    ['rnodiratime', 'nodiratime'],
    ['rnosymfollow', 'nosymfollow'],
    ['rnoatime', 'noatime'],
    ['rrelatime', 'relatime'],
  ])('%s shows as %s on every mount below', async (option, shown) => {
    const prepared = shown === 'relatime' ? 'noatime' : 'strictatime';
    expect(await recursively(prepared, ['rbind'], shown)).toEqual([false, false]);
    expect(await recursively(prepared, [option], shown)).toEqual([true, true]);
  });

  // @shows /mounts/*/options
  test.each([
    ['rrw', 'ro'],
    ['rsuid', 'nosuid'],
    ['rdev', 'nodev'],
    ['rexec', 'noexec'],
    ['rdiratime', 'nodiratime'],
    ['rsymfollow', 'nosymfollow'],
    ['ratime', 'noatime'],
    ['rstrictatime', 'noatime'],
    ['rnostrictatime', 'noatime'],
  ])('%s takes %s off every mount below', async (option, shown) => {
    expect(await recursively(shown, ['rbind'], shown)).toEqual([true, true]);
    expect(await recursively(shown, [option], shown)).toEqual([false, false]);
  });

  test('rnorelatime leaves noatime', async () => {
    expect(await recursively('noatime', ['rnorelatime'], 'noatime')).toEqual([true, true]);
  });

  test('a tmpfs has the mode of the directory below, unless one is given', async () => {
    const mode = (options: string[]) =>
      sandbox.output(
        withDirectory('stat -c %a /data', (config) => {
          config.mounts.push({ destination: '/data', type: 'tmpfs', source: 'tmpfs', options });
        }),
      );
    expect(await mode(['nosuid'])).toBe('750\n');
    expect(await mode(['mode=711'])).toBe('711\n');
  });

  test('which stands among its options', async () => {
    const bundle = withDirectory('grep " /data " /proc/self/mounts', (config) => {
      config.mounts.push({ destination: '/data', type: 'tmpfs', source: 'tmpfs' });
    });
    expect(await sandbox.output(bundle)).toContain('mode=750');
  });

  // @shows config.md#mounts: tmpcopyup
  test('tmpcopyup: a tmpfs takes over what it hides', async () => {
    const bundle = withDirectory(
      `stat -c '%n %F %a %u:%g %Y' /data/sub/file /data/sub /data/fifo; readlink /data/link; cat /data/sub/file
      getfattr -d /data/sub/file 2>/dev/null; touch /data/new && echo made`,
      (config) => {
        config.mounts.push({ destination: '/data', type: 'tmpfs', source: 'tmpfs', options: ['tmpcopyup'] });
      },
    );
    expect((await sandbox.output(bundle)).trim().split('\n')).toEqual([
      '/data/sub/file regular file 4755 3:4 1000000000',
      '/data/sub directory 711 5:6 1000000000',
      '/data/fifo fifo 600 0:0 1000000000',
      'sub/file',
      'content',
      'made',
    ]);
    expect(readFileSync(`${bundle}/rootfs/data/sub/file`, 'utf8')).toBe('content\n');
  });

  test('what tmpcopyup copies is charged to the container', async () => {
    const bundle = withDirectory('true', (config) => {
      config.mounts.push({ destination: '/data', type: 'tmpfs', source: 'tmpfs', options: ['tmpcopyup'] });
      config.linux.resources.memory = { limit: 8 << 20 };
    });
    writeFileSync(`${bundle}/rootfs/data/large`, Buffer.alloc(32 << 20));
    const result = await sandbox.run(['run', '-b', bundle, sandbox.id()]);
    expectRefusal(result, 'memory limit too low');
  });

  test.each([
    ['/proc/cpuinfo', true],
    ['/proc/uptime', true],
    ['/proc/self/attr', false],
    ['/proc/sys/kernel', false],
    ['/dev/../proc/sys', false],
  ])('a bind on %s: %s', async (destination, allowed) => {
    const source = `${sandbox.folder}/instead`;
    writeFileSync(source, 'instead\n');
    const bundle = sandbox.script('cat /proc/cpuinfo /proc/uptime', (config) => {
      config.mounts.push({ destination, source, options: ['bind'] });
    });
    const result = await sandbox.run(['run', '-b', bundle, sandbox.id()]);
    if (allowed) expect(result).toMatchObject({ status: 0, stdout: expect.stringContaining('instead\n') });
    else expectRefusal(result, 'is inside /proc');
  });

  // @refuses /mounts/*/destination
  test('a tmpfs on /proc is refused (CVE-2019-16884)', async () => {
    const bundle = sandbox.script('true', (config) => {
      config.mounts[0] = { destination: '/proc', type: 'tmpfs', source: 'tmpfs' };
    });
    const result = await sandbox.run(['run', '-b', bundle, sandbox.id()]);
    expectRefusal(result, 'is inside /proc');
  });

  test('a procfs on a symbolic link is refused', async () => {
    const bundle = sandbox.script('true');
    rmdirSync(`${bundle}/rootfs/proc`);
    symlinkSync('/tmp', `${bundle}/rootfs/proc`);
    const result = await sandbox.run(['run', '-b', bundle, sandbox.id()]);
    expectRefusal(result, 'filesystem "proc" must be mounted on ordinary directory');
    // In the words of both runcs.
    if (runtimeName === 'runc') expect(result.stderr).toContain('must be mounted on ordinary directory');
  });

  test.runIf(hostFacts().cgroup.v1.length > 0)(
    'a hierarchy that the host has mounted twice is there once, and nothing reaches the host',
    async () => {
      const again = `${sandbox.folder}/again`;
      mkdirSync(again);
      const bundle = sandbox.script('grep -c "cgroup/.*pids" /proc/self/mountinfo', (config) => {
        config.linux.rootfsPropagation = 'rshared';
        config.mounts = config.mounts.filter(
          ({ destination }: AnyConfig) => destination !== '/sys/fs/cgroup',
        );
        config.mounts.push({ destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup' });
      });
      const run = `${runtimePath} --root ${sandbox.root} run --bundle ${bundle} ${sandbox.id()}`;
      const count = 'wc -l < /proc/self/mountinfo';
      const script = `mount -t cgroup -o pids cgroup ${again}; ${count}; ${run}; ${count}`;
      const args = ['--mount', '--propagation', 'private', 'sh', '-c', `mount --make-rshared /; ${script}`];
      const { stdout } = await runProgram('unshare', args, sandbox);
      const [before, inside, after] = stdout.split('\n');
      expect([inside, after]).toEqual(['1', before]);
    },
  );

  test.each([
    [['shared'], /^shared:\d+$/],
    [['private'], /^$/],
    [['unbindable'], /^unbindable$/],
  ])('propagation %j', async (options, shown) => {
    expect((await mounted({ options })).propagation).toMatch(shown);
  });

  // @shows /mounts/*/source
  test('a bind shows a directory of the host, recursively with rbind', async () => {
    const source = `${sandbox.folder}/source`;
    mkdirSync(`${source}/inner`, { recursive: true });
    writeFileSync(`${source}/file`, 'host\n');
    spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', `${source}/inner`]);
    writeFileSync(`${source}/inner/deep`, 'deep\n');
    try {
      const show = (options: string[]) =>
        inside('cat /mnt/file; ls /mnt/inner; touch /mnt/inner/x 2>/dev/null && echo writable', (config) => {
          config.mounts.push({ destination: '/mnt', type: 'bind', source, options });
          config.process.args[2] += '; true';
        });
      expect(await show(['bind'])).toBe('host\nwritable\n');
      rmFile(`${source}/inner/x`);
      expect(await show(['rbind'])).toBe('host\ndeep\nwritable\n');
      rmFile(`${source}/inner/x`);
      // ro is of the mount alone, rro of all below it too.
      expect(await show(['rbind', 'ro'])).toBe('host\ndeep\nwritable\n');
      rmFile(`${source}/inner/x`);
      expect(await show(['rbind', 'rro'])).toBe('host\ndeep\n');
    } finally {
      spawnSync('umount', [`${source}/inner`]);
    }
  });

  // @shows /mounts/*/source
  test('a relative source is below the bundle', async () => {
    const bundle = sandbox.script('cat /mnt/file', (config) => {
      config.mounts.push({ destination: '/mnt', type: 'bind', source: 'beside', options: ['rbind'] });
    });
    mkdirSync(`${bundle}/beside`);
    writeFileSync(`${bundle}/beside/file`, 'beside\n');
    expect(await sandbox.output(bundle)).toBe('beside\n');
  });

  // @shows /mounts/*/destination
  test('a relative destination is below /, with a warning (config.md#mounts)', async () => {
    const bundle = sandbox.script('grep " /tmp/x " /proc/mounts', (config) => {
      config.root.readonly = false;
      config.mounts.push({ destination: 'tmp/x', type: 'tmpfs', source: 'here' });
    });
    const { status, stdout, stderr } = await sandbox.run(['run', '-b', bundle, sandbox.id()]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringMatching(/^here \/tmp\/x tmpfs /) });
    expect(stderr).toEqual(says('/mounts/7/destination: \\"tmp/x\\" is relative, which is deprecated'));
  });

  test('a bind of a file makes a file for it', async () => {
    const output = await inside('cat /new/place', (config) => {
      config.root.readonly = false;
      writeFileSync(`${sandbox.folder}/one`, 'one\n');
      config.mounts.push({ destination: '/new/place', source: `${sandbox.folder}/one`, options: ['bind'] });
    });
    expect(output).toBe('one\n');
  });

  // @shows /mounts/*/destination
  test('a target that is a symbolic link stays inside the root (CVE-2019-18837)', async () => {
    const outside = `${sandbox.folder}/outside`;
    mkdirSync(outside);
    const bundle = sandbox.script(`grep -c "${outside}" /proc/self/mounts`, (config) => {
      config.root.readonly = false;
      config.mounts.push({ destination: '/link/made', type: 'tmpfs', source: 'tmpfs' });
    });
    symlinkSync(outside, `${bundle}/rootfs/link`);
    mkdirSync(`${bundle}/rootfs${outside}`, { recursive: true });
    expect(await sandbox.output(bundle)).toBe('1\n');
    expect(readdirSync(outside)).toEqual([]);
  });

  test.each(['proc', 'sys'])('refuses /%s that is a symbolic link (CVE-2019-19921)', async (name) => {
    const bundle = sandbox.script('true');
    rmdirSync(`${bundle}/rootfs/${name}`);
    symlinkSync('tmp', `${bundle}/rootfs/${name}`);
    const result = await sandbox.run(['run', '-b', bundle, sandbox.id()]);
    expectRefusal(result, 'too many levels of symbolic links');
  });

  test('a tmpfs that is read-only is so after the mounts inside it', async () => {
    const output = await inside('touch /run/x 2>/dev/null || touch /run/inner/x && echo inner', (config) => {
      config.root.readonly = false;
      config.mounts.push(
        { destination: '/run', type: 'tmpfs', source: 'tmpfs', options: ['ro'] },
        { destination: '/run/inner', type: 'tmpfs', source: 'tmpfs' },
      );
    });
    expect(output).toBe('inner\n');
  });
});

// @shows /root
describe('the root file system', () => {
  // @shows /root/readonly
  test.each([
    [true, 'read-only'],
    [false, 'writable'],
  ])('readonly %j is %s', async (readonly, shown) => {
    const output = await inside('touch /probe 2>/dev/null && echo writable || echo read-only', (config) => {
      config.root.readonly = readonly;
    });
    expect(output).toBe(`${shown}\n`);
  });

  // @shows /root/path
  test('is all there is: one root, no way up, no mount of the host', async () => {
    const output = await inside(
      'awk \'$5 == "/"\' /proc/self/mountinfo | wc -l; ls /../..; cat /proc/self/mountinfo',
    );
    const [roots, ...rest] = output.split('\n');
    expect(roots).toBe('1');
    expect(rest.slice(0, 6)).toEqual(['bin', 'dev', 'etc', 'proc', 'sys', 'tmp']);
    const places = rest
      .slice(6)
      .filter(Boolean)
      .map((line) => line.split(' ')[4] ?? '');
    expect(places.filter((place) => !/^\/($|proc|dev|sys)/.test(place))).toEqual([]);
  });

  test('--no-pivot gives the same root', async () => {
    const bundle = sandbox.script('ls /; hostname');
    expect(await sandbox.output(bundle, ['--no-pivot'])).toBe(await sandbox.output(bundle));
  });

  // @shows /linux/rootfsPropagation
  test.each([
    [undefined, ''],
    ['private', ''],
    ['shared', 'shared'],
    ['unbindable', 'unbindable'],
  ])('rootfsPropagation %j', async (propagation, shown) => {
    const line = await inside(
      'grep " / / " /proc/self/mountinfo || grep " / " /proc/self/mountinfo | head -1',
      (config) => {
        if (propagation !== undefined) config.linux.rootfsPropagation = propagation;
      },
    );
    const optional = line.split(' - ')[0]?.split(' ').slice(6).join(' ').replace(/:\d+/g, '') ?? '';
    expect(optional.includes(shown) && (shown !== '' || !/shared|unbindable/.test(optional))).toBe(true);
  });
});

describe('devices', () => {
  // @shows runtime-linux.md#dev-symbolic-links: links in /dev
  // @shows config-linux.md#default-devices: default devices
  test('the default ones are there and work', async () => {
    const output = await inside(
      'for d in null zero full random urandom tty; do stat -c "%n %t:%T %a %u" /dev/$d; done; head -c 2 /dev/zero | od -An -tx1; for l in ptmx fd stdin stdout stderr; do readlink /dev/$l; done',
    );
    expect(output.split('\n')).toEqual([
      '/dev/null 1:3 666 0',
      '/dev/zero 1:5 666 0',
      '/dev/full 1:7 666 0',
      '/dev/random 1:8 666 0',
      '/dev/urandom 1:9 666 0',
      '/dev/tty 5:0 666 0',
      ' 00 00',
      'pts/ptmx',
      '/proc/self/fd',
      '/proc/self/fd/0',
      '/proc/self/fd/1',
      '/proc/self/fd/2',
      '',
    ]);
  });

  // @shows /linux/devices
  // @shows /linux/devices/*/type
  // @shows /linux/devices/*/path
  // @shows /linux/devices/*/{major,minor}
  // @shows /linux/devices/*/fileMode
  test('configured ones have the type, numbers, mode and owner that they ask for', async () => {
    const output = await inside(
      'stat -c "%n %F %t:%T %a %u %g" /dev/fuse /dev/disk /dev/whole /dev/pipe',
      (config) => {
        config.linux.devices = [
          { path: '/dev/fuse', type: 'c', major: 10, minor: 229, fileMode: 0o640, uid: 1000, gid: 1001 },
          { path: '/dev/disk', type: 'b', major: 7, minor: 200 },
          { path: '/dev/whole', type: 'c', major: 1, minor: 11, fileMode: 0o20604 },
          { path: '/dev/pipe', type: 'p', fileMode: 0o600 },
        ];
      },
    );
    expect(output.split('\n')).toEqual([
      '/dev/fuse character special file a:e5 640 1000 1001',
      '/dev/disk block special file 7:c8 666 0 0',
      '/dev/whole character special file 1:b 604 0 0',
      '/dev/pipe fifo 0:0 600 0 0',
      '',
    ]);
  });

  // @refuses /linux/devices/*/type
  test('a different file in the place of a device is an error', async () => {
    const bundle = sandbox.script('true', (config) => {
      config.root.readonly = false;
      config.linux.devices = [{ path: '/etc/passwd', type: 'c', major: 1, minor: 3 }];
    });
    const result = await sandbox.run(['run', '-b', bundle, sandbox.id()]);
    expectRefusal(result, '/linux/devices/0: "/etc/passwd" exists and is another file');
  });

  // @refuses /linux/devices/*/path
  test('a /dev in the image that leads to the host is not followed (CVE-2026-41579)', async () => {
    const outside = `${sandbox.folder}/host-dev`;
    mkdirSync(outside);
    writeFileSync(`${outside}/ptmx`, 'of the host');
    const bundle = sandbox.script('true', (config) => {
      config.mounts = config.mounts.filter(
        ({ destination }: { destination: string }) => destination === '/proc',
      );
      config.root.readonly = false;
      config.linux.maskedPaths = [];
    });
    rmdirSync(`${bundle}/rootfs/dev`);
    symlinkSync(outside, `${bundle}/rootfs/dev`);
    await sandbox.run(['run', '-b', bundle, sandbox.id()]);
    expect(readdirSync(outside)).toEqual(['ptmx']);
    expect(readFileSync(`${outside}/ptmx`, 'utf8')).toBe('of the host');
  });
});

describe('maskedPaths and readonlyPaths', () => {
  // @shows /linux/maskedPaths
  test('a masked file is empty, a masked directory has nothing in it and takes nothing', async () => {
    const output = await inside(
      'cat /etc/passwd; ls /tmp; touch /tmp/x 2>/dev/null || echo refused',
      (config) => {
        config.linux.maskedPaths = ['/etc/passwd', '/tmp', '/nosuch'];
      },
    );
    expect(output).toBe('refused\n');
  });

  test('masked directories are binds of one tmpfs', async () => {
    const places = ['a', 'b', 'c', 'd', 'e'].map((name) => `/masked-${name}`);
    const script =
      "awk '/masked-/ {print $3}' /proc/self/mountinfo | sort -u | wc -l; touch /masked-e/x || echo refused";
    const bundle = sandbox.script(script, (config) => {
      config.linux.maskedPaths = places;
    });
    for (const place of places) mkdirSync(`${bundle}/rootfs${place}`);
    const { stdout } = await sandbox.run(['run', '-b', bundle, sandbox.id()]);
    expect(stdout).toBe('1\nrefused\n');
  });

  // @shows /linux/readonlyPaths
  test('a read-only path can be read alone', async () => {
    const output = await inside(
      'cat /etc/file; echo more >> /etc/file || echo refused; touch /tmp/x && echo elsewhere',
      (config) => {
        config.root.readonly = false;
        config.linux.readonlyPaths = ['/etc', '/nosuch'];
        config.process.args[2] = `exec 2>/dev/null; ${config.process.args[2]}`;
      },
    );
    expect(output).toBe('refused\nelsewhere\n');
  });

  // @refuses /linux/maskedPaths
  test('masking refuses a /dev/null that is another file (CVE-2025-31133)', async () => {
    const bundle = sandbox.script('true', (config) => {
      config.mounts = config.mounts.filter(
        ({ destination }: { destination: string }) => destination === '/proc',
      );
      config.root.readonly = false;
      config.linux.maskedPaths = ['/etc/passwd'];
    });
    writeFileSync(`${bundle}/rootfs/dev/null`, '');
    const result = await sandbox.run(['run', '-b', bundle, sandbox.id()]);
    expectRefusal(result, '"/dev/null" exists and is another file');
    expect(lstatSync(`${bundle}/rootfs/dev/null`).isFile()).toBe(true);
    expect(existsSync('/dev/null')).toBe(true);
  });
});

function rmFile(path: string): void {
  spawnSync('rm', ['-f', path]);
}
