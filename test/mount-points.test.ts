// Mount points (config.md#mounts): which are made, through which links, and how often at the same time.

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type AnyConfig, Sandbox } from './support/sandbox.ts';
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
    expectRefusal(result, '/mounts/7: mount a file on the directory "/tmp": not a directory (ENOTDIR)');
    expect(result.stderr).toContain('not a directory');
  });

  test('a directory on a file', async () => {
    const bundle = sandbox.script('true', (config) => {
      config.mounts.push({ destination: '/etc/passwd', ...bindDirectory });
    });
    const result = await sandbox.run(['run', '--bundle', bundle, sandbox.id()]);
    expectRefusal(result, '/mounts/7: open "/etc/passwd" in the root file system: not a directory (ENOTDIR)');
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
