// Mount points (config.md#mounts): which are made, through which links, and how often at the same time.

import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, test } from 'vitest';
import { runProgram, runtimePath } from './support/runtime.ts';
import { type AnyConfig, Sandbox } from './support/sandbox.ts';
import { inUserNamespace } from './support/user-namespace.ts';
import { expectRefusal } from './support/words.ts';

const sandbox = Sandbox.forFile();
const file = `${sandbox.folder}/file`;
const directory = `${sandbox.folder}/directory`;
writeFileSync(file, 'of the host\n');
mkdirSync(directory);
writeFileSync(`${directory}/inside`, 'inside\n');

const bindFile = { type: 'bind', source: file, options: ['bind', 'ro'] };
const bindDirectory = { type: 'bind', source: directory, options: ['rbind', 'ro'] };
const tmpfs = { type: 'tmpfs', source: 'tmpfs', options: ['size=64k'] };

/** A bundle with one mount more, and links in its root file system: their text by their path. */
function withLinks(links: Readonly<Record<string, string>>, mount: AnyConfig, script: string): string {
  const bundle = sandbox.script(script, (config) => config.mounts.push(mount));
  for (const [path, target] of Object.entries(links)) {
    mkdirSync(`${bundle}/rootfs${path}`, { recursive: true });
    // The directory of the link is there, and the link itself in place of its last part.
    const link = `${bundle}/rootfs${path}/link`;
    symlinkSync(target, link);
  }
  return bundle;
}

describe('a link that dangles', () => {
  const content = 'of the host\n';
  test.each([
    ['a file on an absolute link', '/usr/share/zone/Here', '/etc/link', bindFile, '/usr/share/zone/Here'],
    ['a file on a relative link', '../usr/zone/Here', '/etc/link', bindFile, '/usr/zone/Here'],
    ['a file on a link that leads above the root', '../../../up/Here', '/etc/link', bindFile, '/up/Here'],
    ['a file below a link', '/made', '/etc/link/sub/file', bindFile, '/made/sub/file'],
    ['a file on a link with . and .. in it', '/no/../such/./file', '/etc/link', bindFile, '/such/file'],
  ])('%s', async (_, target, destination, mount, found) => {
    const bundle = withLinks({ '/etc': target }, { destination, ...mount }, `cat ${found}`);
    expect(await sandbox.output(bundle)).toBe(content);
    expect(readFileSync(`${bundle}/rootfs${found}`, 'utf8')).toBe('');
    expect(readlinkSync(`${bundle}/rootfs/etc/link`)).toBe(target);
  });

  test.each([
    ['a directory on a link', '/run/made', '/var/link', bindDirectory, '/run/made'],
    ['a directory through a link', '/run/made', '/var/link/sub', bindDirectory, '/run/made/sub'],
    ['a tmpfs on a link', '/run', '/var/link', tmpfs, '/run'],
    ['a tmpfs through a link', '../run', '/var/link/lock', tmpfs, '/run/lock'],
  ])('%s', async (_, target, destination, mount, found) => {
    const script = `grep -c " ${found} " /proc/self/mountinfo`;
    const bundle = withLinks({ '/var': target }, { destination, ...mount }, script);
    expect(await sandbox.output(bundle)).toBe('1\n');
    expect(readdirSync(`${bundle}/rootfs${found}`)).toEqual([]);
  });

  test('links of links, and a working directory', async () => {
    const bundle = withLinks(
      { '/a': '/b/link', '/b': '../c/d' },
      { destination: '/a/link', ...tmpfs },
      'pwd',
    );
    const path = `${bundle}/config.json`;
    const config = JSON.parse(readFileSync(path, 'utf8'));
    config.process.cwd = '/a/link/e';
    writeFileSync(path, JSON.stringify(config));
    expect(await sandbox.output(bundle)).toBe('/c/d/e\n');
  });

  test('a link to itself is an error', async () => {
    const bundle = withLinks({ '/etc': 'link' }, { destination: '/etc/link', ...bindFile }, 'true');
    const result = await sandbox.run(['run', '--bundle', bundle, sandbox.id()]);
    expectRefusal(result, /\/etc\/link" in the root file system: too many levels of symbolic links/);
  });
});

describe('what does not fit', () => {
  test('a file on a directory', async () => {
    const bundle = sandbox.script('true', (config) => {
      config.mounts.push({ destination: '/tmp', ...bindFile });
    });
    const result = await sandbox.run(['run', '--bundle', bundle, sandbox.id()]);
    // The words on which Docker adds its hint.
    expectRefusal(result, '/mounts/7: mount a file on "/tmp": not a directory (ENOTDIR)');
    expect(result.stderr).toContain('not a directory');
  });

  test('in a user namespace, in a root file system of somebody else', async () => {
    const bundle = sandbox.script('true', (config) => {
      inUserNamespace(config);
      config.mounts.push({ destination: '/new/place', ...bindFile });
    });
    chmodSync(sandbox.folder, 0o755);
    const result = await sandbox.run(['run', '--bundle', bundle, sandbox.id()]);
    const hint = `"${bundle}/rootfs" belongs to uid 0, and the container's root is uid 100000 of the host`;
    expectRefusal(result, `permission denied (EACCES); ${hint}`);
  });

  test('a directory on a file', async () => {
    const bundle = sandbox.script('true', (config) => {
      config.mounts.push({ destination: '/etc/passwd', ...bindDirectory });
    });
    const result = await sandbox.run(['run', '--bundle', bundle, sandbox.id()]);
    expectRefusal(result, '/mounts/7: open "/etc/passwd" in the root file system: not a directory (ENOTDIR)');
  });
});

describe('a bind', () => {
  /** The lines of mountinfo below /v: mount point, options of the mount. */
  const shown = `sed -n 's/^[^ ]* [^ ]* [^ ]* [^ ]* \\(.v[^ ]*\\) \\([^ ]*\\) .*/\\1 \\2/p' /proc/self/mountinfo`;

  test("CRI-O's options: bind after rbind takes no mounts away", async () => {
    const bundle = sandbox.script('cat /v/below/file', (config) => {
      const options = ['rbind', 'rprivate', 'ro', 'bind'];
      config.mounts.push({ destination: '/v', type: 'bind', source: `${directory}/tree`, options });
    });
    mkdirSync(`${directory}/tree/below`, { recursive: true });
    const mounts = `mount -t tmpfs tmpfs ${directory}/tree/below && cp ${file} ${directory}/tree/below`;
    const run = `exec ${runtimePath} --root ${sandbox.root} run --bundle ${bundle} ${sandbox.id()}`;
    const result = await runProgram('unshare', ['--mount', 'sh', '-c', `${mounts} && ${run}`], sandbox);
    expect(result).toMatchObject({ status: 0, stdout: 'of the host\n' });
  });

  test('on the root is the root', async () => {
    const bundle = sandbox.script('touch /tmp/x; touch /etc/x; cat /etc/file', (config) => {
      config.root.readonly = false;
      config.mounts.unshift(
        { destination: '/', type: 'bind', source: 'rootfs', options: ['bind', 'ro'] },
        { destination: '/tmp', type: 'tmpfs', source: 'tmpfs' },
      );
      config.mounts.push({ destination: '/etc/file', ...bindFile });
    });
    writeFileSync(`${bundle}/rootfs/etc/file`, '');
    const result = await sandbox.run(['run', '--bundle', bundle, sandbox.id()]);
    expect(result).toMatchObject({ stdout: 'of the host\n' });
    expect(result.stderr).toContain('/etc/x: Read-only file system');
    expect(result.stderr).not.toContain('/tmp/x');
  });

  test.each([
    ['', () => undefined],
    [' in a user namespace', inUserNamespace],
  ])('shows what the mounts before it made%s', async (_, change) => {
    const bundle = sandbox.bundle((config) => {
      change(config);
      const options = ['rbind', 'rw'];
      config.process.args = ['sh', '-c', `cat /v2/inside /v4/inside; touch /vt/new; ls /v3; ${shown}`];
      config.root.readonly = false;
      config.mounts.push(
        { destination: '/v1', ...bindDirectory },
        { destination: '/v2', type: 'bind', source: 'rootfs/v1', options },
        { destination: '/vt', type: 'tmpfs', source: 'tmpfs' },
        { destination: '/v3', type: 'bind', source: 'rootfs/../rootfs/vt/', options },
        { destination: '/v4', type: 'bind', source: 'rootfs/./v2', options },
      );
    });
    sandbox.giveRootfs(bundle);
    const lines = (await sandbox.output(bundle)).split('\n');
    expect(lines.slice(0, 3)).toEqual(['inside', 'inside', 'new']);
    // What the container made is not locked: rw of a bind of it counts.
    expect(lines.filter((line) => /^.v[124] ro/.test(line))).toHaveLength(1);
  });

  test('beside the root file system sees what the host mounts later', async () => {
    const shared = `${sandbox.folder}/shared`;
    mkdirSync(shared, { recursive: true });
    const bundle = sandbox.script('sleep 1000', (config) => {
      config.root.path = `${shared}/rootfs`;
      config.mounts.push({
        destination: '/v',
        type: 'bind',
        source: `${shared}/volume`,
        options: ['rbind', 'rslave'],
      });
    });
    const id = sandbox.id();
    const command = `${runtimePath} --root ${sandbox.root}`;
    const steps = [
      `mount -t tmpfs tmpfs ${shared} && mount --make-shared ${shared}`,
      `cp -a ${bundle}/rootfs ${shared}/rootfs && mkdir -p ${shared}/volume/later ${shared}/rootfs/v`,
      `${command} run --detach --bundle ${bundle} ${id} </dev/null >/dev/null`,
      `mount -t tmpfs tmpfs ${shared}/volume/later && touch ${shared}/volume/later/file`,
      `${command} exec ${id} ls /v/later`,
      `${command} delete --force ${id}`,
    ];
    const args = ['--mount', '--propagation', 'private', 'sh', '-ec', steps.join('\n')];
    const result = await runProgram('unshare', args, sandbox);
    expect(result).toMatchObject({ status: 0, stdout: 'file\n' });
  });

  describe('with links', () => {
    const options = (...more: string[]) => ({ options: ['bind', ...more] });
    const link = `${sandbox.folder}/link`;
    symlinkSync('file', link);
    const stat = 'stat -c "%F" /v; cat /v 2>/dev/null; readlink /v';

    test.each([
      ['copy-symlink makes the link anew', link, options('copy-symlink'), {}, 'symbolic link\nfile\n'],
      [
        'copy-symlink where it is already',
        link,
        options('copy-symlink'),
        { '/v': 'file' },
        'symbolic link\nfile\n',
      ],
      ['copy-symlink of a file mounts it', file, options('copy-symlink'), {}, 'regular file\nof the host\n'],
      [
        'dest-nofollow mounts on a link',
        file,
        options('dest-nofollow'),
        { '/v': '/nosuch' },
        'regular file\nof the host\n',
      ],
      ['dest-nofollow without a link', file, options('dest-nofollow'), {}, 'regular file\nof the host\n'],
      ['src-nofollow mounts a link itself', link, options('src-nofollow'), {}, 'symbolic link\nfile\n'],
    ] as const)('%s', async (_, source, more, links, printed) => {
      for (const change of [() => undefined, inUserNamespace]) {
        const bundle = sandbox.script(`${stat}; true`, (config) => {
          change(config);
          config.mounts.push({ destination: '/v', type: 'bind', source, ...more });
        });
        for (const [path, target] of Object.entries(links)) symlinkSync(target, `${bundle}/rootfs${path}`);
        sandbox.giveRootfs(bundle);
        expect(await sandbox.output(bundle)).toBe(printed);
      }
    });

    test.each([
      [
        { source: link, ...options('copy-symlink') },
        'symlink "/etc/passwd" to "file": another file is there',
      ],
      [{ source: link, ...options('copy-symlink', 'src-nofollow') }, 'copy-symlink goes with neither'],
      [
        { type: 'tmpfs', source: 'tmpfs', options: ['dest-nofollow'] },
        'only a new bind can have an option about links',
      ],
    ])('%j on a file is refused', async (mount, words) => {
      const bundle = sandbox.script('true', (config) => {
        config.mounts.push({ destination: '/etc/passwd', ...mount });
      });
      expectRefusal(await sandbox.run(['run', '--bundle', bundle, sandbox.id()]), words);
    });
  });
});

describe('many binds', () => {
  test.each([
    ['', () => undefined],
    [' in a user namespace', inUserNamespace],
  ])('below low limits of open files%s', async (_, change) => {
    const bundle = (count: number, limit: number | null) => {
      const path = sandbox.script(
        'ls /proc/self/fd | wc -l; ulimit -n; grep -c " /v" /proc/self/mountinfo',
        (config) => {
          change(config);
          config.root.readonly = false;
          if (limit === null) delete config.process.rlimits;
          else config.process.rlimits = [{ type: 'RLIMIT_NOFILE', soft: limit, hard: limit }];
          for (let place = 0; place < count; place += 1)
            config.mounts.push({ destination: `/v${place}`, ...bindDirectory });
        },
      );
      sandbox.giveRootfs(path);
      return path;
    };
    expect(await sandbox.output(bundle(40, 32))).toBe('4\n32\n40\n');
    const command = [runtimePath, '--root', sandbox.root, 'run', '--bundle', bundle(600, null), sandbox.id()];
    const script = 'ulimit -Sn 512; exec "$@"';
    const result = await runProgram('sh', ['-c', script, 'sh', ...command], sandbox);
    expect(result).toMatchObject({ status: 0, stdout: '4\n512\n600\n' });
  });

  test('leave no fd open in a created container', async () => {
    const bundle = sandbox.script('true', (config) => {
      inUserNamespace(config);
      config.root.readonly = false;
      for (let place = 0; place < 100; place += 1)
        config.mounts.push({ destination: `/v${place}`, ...bindDirectory });
    });
    sandbox.giveRootfs(bundle);
    const id = sandbox.id();
    expect(await sandbox.run(['create', '--bundle', bundle, id])).toMatchObject({ status: 0 });
    const { pid } = await sandbox.state(id);
    expect(readdirSync(`/proc/${pid}/fd`).length).toBeLessThan(20);
    await sandbox.run(['delete', '--force', id]);
  });
});

describe('options as engines write them', () => {
  const mounted = async (options: readonly string[], more: object = { type: 'tmpfs', source: 'tmpfs' }) =>
    sandbox.output(
      sandbox.script('grep " /tmp " /proc/self/mountinfo', (config) => {
        config.mounts.push({ destination: '/tmp', ...more, options });
      }),
    );

  test('an empty one, of a tmpfs and of a bind', async () => {
    expect(await mounted(['', 'nosuid', ''])).toContain('nosuid');
    expect(await mounted(['rbind', '', 'ro'], { type: 'bind', source: directory })).toMatch(/ ro[, ]/);
  });

  test('several in one, with commas', async () => {
    expect(await mounted(['size=64k,mode=700', 'noexec'])).toMatch(/noexec.*size=64k,mode=700/);
  });

  test('values and a source that are longer than 255 bytes', async () => {
    const lower = ['a', 'b', 'c'].map((name) => `${sandbox.folder}/${name.repeat(150)}`);
    for (const path of lower) mkdirSync(path);
    writeFileSync(`${lower[2]}/deep`, 'deep\n');
    const option = `lowerdir=${lower.join(':')}`;
    const bundle = sandbox.script('cat /tmp/deep; grep " /etc " /proc/self/mounts', (config) => {
      config.mounts.push(
        { destination: '/tmp', type: 'overlay', source: 'overlay', options: [option, 'ro', 'nosuid'] },
        { destination: '/etc', type: 'tmpfs', source: 'x'.repeat(300), options: ['noexec', 'size=64k'] },
      );
    });
    expect(await sandbox.output(bundle)).toMatch(/^deep\nx{300} .etc tmpfs rw,noexec,relatime,size=64k/);
  });
});

test('several containers that start at once make the mount points of one root file system', async () => {
  const rootfs = `${sandbox.bundle()}/rootfs`;
  for (let round = 0; round < 12; round += 1) {
    const bundles = [1, 2, 3].map(() =>
      sandbox.script('true', (config) => {
        config.root.path = rootfs;
        config.process.cwd = `/${round}/cwd/a/b/c/d`;
        for (let place = 0; place < 50; place += 1) {
          config.mounts.push({ destination: `/${round}/${place}/a/file`, ...bindFile });
          config.mounts.push({ destination: `/${round}/${place}/b/c`, ...tmpfs });
        }
      }),
    );
    await Promise.all(bundles.map((bundle) => sandbox.output(bundle)));
    expect(existsSync(`${rootfs}/${round}/49/b/c`)).toBe(true);
  }
}, 60_000);
