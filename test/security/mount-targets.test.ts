// Where mounts, nodes and links end up when an image has links, or a caller spells a path in another way.

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { runtimeName } from '../support/runtime.ts';
import { type AnyConfig, Sandbox } from '../support/sandbox.ts';
import { inUserNamespace } from '../support/user-namespace.ts';
import { expectRefusal, quiet } from '../support/words.ts';

const sandbox = Sandbox.forFile();
const own = runtimeName === 'slipway';

const kinds: readonly (readonly [string, (config: AnyConfig) => void])[] = [
  ['without a user namespace', () => undefined],
  ['with a user namespace', inUserNamespace],
];

/** A directory of the host that an engine would bind, with a file in place of the multiplexer of terminals. */
function volume(): string {
  const path = `${sandbox.folder}/volume`;
  rmSync(path, { recursive: true, force: true });
  mkdirSync(`${path}/pts`, { recursive: true });
  writeFileSync(`${path}/ptmx`, 'of the host');
  spawnSync('mknod', ['-m', '666', `${path}/null`, 'c', '1', '3']);
  return path;
}

/** A bundle with that directory at a place, whose image has links. */
function bundleWith(
  destination: string,
  links: Readonly<Record<string, string>>,
  change: (config: AnyConfig) => void,
): { readonly bundle: string; readonly path: string } {
  const path = volume();
  const bundle = sandbox.script('true', (config) => {
    change(config);
    config.root.readonly = false;
    config.linux.maskedPaths = [];
    config.mounts = config.mounts.filter(({ destination }: AnyConfig) => destination === '/proc');
    config.mounts.push({ destination, type: 'bind', source: path, options: ['rbind', 'rw'] });
  });
  for (const [name, target] of Object.entries(links)) {
    rmSync(`${bundle}/rootfs/${name}`, { recursive: true, force: true });
    symlinkSync(target, `${bundle}/rootfs/${name}`);
  }
  spawnSync('chown', ['-R', '-h', '100000:200000', `${bundle}/rootfs`, path]);
  chmodSync(sandbox.folder, 0o755);
  return { bundle, path };
}

describe.each(kinds)('[volumes] a directory of the host %s', (_, change) => {
  test.each(['/dev', '/dev/', '//dev', '/dev/.', '/dev//', '/x/../dev', 'dev'])(
    'at %s gets no node and no link',
    async (destination) => {
      const { bundle, path } = bundleWith(destination, {}, change);
      const result = await sandbox.run(['run', '-b', bundle, sandbox.id()]);
      if (own) expect(result.status).toBe(0);
      expect(readdirSync(path).toSorted()).toEqual(['null', 'ptmx', 'pts']);
    },
  );

  test.each([
    ['/volume, which the image links to /dev', { volume: '/dev' }],
    ['/volume, which the image links to /dev in two steps', { volume: 'other', other: '../dev/.' }],
    ['/volume, where the link /dev of the image leads', { dev: '/volume' }],
  ])('at %s gets none either', async (_, links) => {
    const { bundle, path } = bundleWith('/volume', links, change);
    const result = await sandbox.run(['run', '-b', bundle, sandbox.id()]);
    if (own) expect(result).toMatchObject({ status: 0, stderr: quiet });
    expect(readdirSync(path).toSorted()).toEqual(['null', 'ptmx', 'pts']);
  });
});

test('[volumes] a device of config.json is not made where a link leads into a mount', async () => {
  const { bundle, path } = bundleWith('/volume', { link: '/volume' }, (config) => {
    config.linux.devices = [{ path: '/link/node', type: 'c', major: 1, minor: 3 }];
  });
  expectRefusal(
    await sandbox.run(['create', '-b', bundle, sandbox.id()]),
    '/linux/devices/0: "/link/node": a symbolic link of the root file system leads into the mount at "/volume"',
  );
  expect(readdirSync(path)).not.toContain('node');
});

describe('a mount whose target the image links', () => {
  const mounts = [
    { type: 'tmpfs', source: 'tmpfs' },
    { type: 'bind', source: sandbox.folder, options: ['bind'] },
    { type: 'tmpfs', source: 'tmpfs', options: ['acl'] },
  ];
  const targets = [
    ['/proc', 'to procfs (CVE-2019-16884)'],
    ['/proc/sys', 'into procfs (CVE-2019-16884)'],
    ['/', 'to the root'],
  ] as const;
  test.each(
    targets.flatMap(([target, what]) => mounts.map((mount) => [what, mount.type, target, mount] as const)),
  )('%s is refused: %s on %s', async (_, __, target, mount) => {
    const bundle = sandbox.script('true', (config) => {
      config.mounts.push({ destination: '/link', ...mount });
    });
    symlinkSync(target, `${bundle}/rootfs/link`);
    const result = await sandbox.run(['create', '-b', bundle, sandbox.id()]);
    expectRefusal(
      result,
      `/mounts/7: mount on "/link": a symbolic link of the root file system leads to "${target}"`,
    );
  });
});

test.each([['pivot_root'], ['--no-pivot', '--no-pivot']])(
  '[--no-pivot] %s: no user namespace inside can mount a procfs without masks',
  async (_, ...options) => {
    const bundle = sandbox.bundle((config) => {
      config.process.user = { uid: 1000, gid: 1000 };
      config.process.args = [
        '/bin/busybox',
        'unshare',
        '-Urpfm',
        'sh',
        '-c',
        'mount -t proc x /tmp; ls /tmp',
      ];
    });
    const { stdout, stderr } = await sandbox.run(['run', '-b', bundle, ...options, sandbox.id()]);
    expect(stdout).toBe('');
    expect(stderr).toContain('mount: permission denied');
  },
);
