// `bundle`: an image on disk to a bundle that runs (image-spec).

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  busyboxLayer,
  digestOf,
  type LayoutChange,
  listing,
  longLayer,
  makePlace,
  type TarMember,
  tarOf,
  writeLayout,
} from '../support/image.ts';
import { runAs } from '../support/rootless.ts';
import { runProgram, runtimePath } from '../support/runtime.ts';
import { Sandbox } from '../support/sandbox.ts';

const sandbox = Sandbox.forFile();

type Layers = Parameters<typeof writeLayout>[1];

/** Makes a bundle of layers, and returns where. */
async function unpacked(layers: Layers, change: LayoutChange = {}, options: readonly string[] = []) {
  const at = makePlace(sandbox.folder);
  writeLayout(at.layout, layers, change);
  const result = await sandbox.run(['bundle', ...options, `oci:${at.layout}`, at.bundle]);
  expect(result).toMatchObject({ status: 0, stdout: '' });
  return {
    ...at,
    stderr: result.stderr,
    config: JSON.parse(readFileSync(`${at.bundle}/config.json`, 'utf8')),
  };
}

/** What is said of layers that cannot be unpacked. Nothing is left of them, and what is around the bundle is as it was. */
async function refusal(layers: Layers, change: LayoutChange = {}, options: readonly string[] = []) {
  const at = makePlace(sandbox.folder);
  writeLayout(at.layout, layers, change);
  writeFileSync(`${at.folder}/canary`, 'as it was');
  const before = listing(at.folder);
  const { status, stderr } = await sandbox.run(['bundle', ...options, `oci:${at.layout}`, at.bundle]);
  expect({ status, lines: stderr.trimEnd().split('\n').length }).toEqual({ status: 1, lines: 1 });
  expect(listing(at.folder)).toBe(before);
  return stderr.trimEnd();
}

describe('an image that runs', () => {
  test.each(['none', 'gzip', 'zstd'] as const)('a layer with compression: %s', async (compression) => {
    const { bundle } = await unpacked([{ archive: busyboxLayer(), compression }]);
    const { status, stdout } = await sandbox.run(['run', '--bundle', bundle, sandbox.id()]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'hello\n' });
  });

  test('a tar archive of a layout, and one of docker save', async () => {
    const at = makePlace(sandbox.folder);
    writeLayout(at.layout, [busyboxLayer()]);
    execFileSync('tar', ['-C', at.layout, '-cf', `${at.folder}/layout.tar`, '.']);
    expect(await sandbox.run(['bundle', `oci:${at.folder}/layout.tar:latest`, at.bundle])).toMatchObject({
      status: 0,
    });
    const { manifests } = JSON.parse(readFileSync(`${at.layout}/index.json`, 'utf8'));
    const { config, layers } = JSON.parse(
      readFileSync(`${at.layout}/blobs/${manifests[0].digest.replace(':', '/')}`, 'utf8'),
    );
    const path = ({ digest }: { digest: string }) => `blobs/${digest.replace(':', '/')}`;
    const manifest = [{ Config: path(config), RepoTags: ['hello:latest'], Layers: layers.map(path) }];
    writeFileSync(`${at.layout}/manifest.json`, JSON.stringify(manifest));
    execFileSync('tar', ['-C', at.layout, '-cf', `${at.folder}/docker.tar`, 'manifest.json', 'blobs']);
    const image = `docker-archive:${at.folder}/docker.tar:hello`;
    expect(await sandbox.run(['bundle', image, `${at.folder}/other`])).toMatchObject({ status: 0 });
    expect(readFileSync(`${at.folder}/other/rootfs/etc/hello`, 'utf8')).toBe('hello\n');
  });

  test('without root: every file is the caller’s, where there are no further ids', async () => {
    const uid = 4242;
    const at = makePlace(sandbox.folder);
    writeLayout(at.layout, [busyboxLayer(), tarOf([{ name: 'etc/other', uid: 7, gid: 8, data: 'x' }])]);
    for (const path of [sandbox.folder, at.folder]) chmodSync(path, 0o755);
    mkdirSync(`${at.folder}/own`);
    chownSync(`${at.folder}/own`, uid, uid);
    const state = `${at.folder}/own/state`;
    const call = (...args: string[]) => runAs(uid, [runtimePath, '--root', state, ...args], at.folder);
    const made = await call('bundle', `oci:${at.layout}`, `${at.folder}/own/bundle`);
    expect(made.stderr).toContain('every file of the image will belong to you');
    expect(made.status).toBe(0);
    expect(statSync(`${at.folder}/own/bundle/rootfs/etc/other`)).toMatchObject({ uid, gid: uid });
    const ran = await call('run', '--bundle', `${at.folder}/own/bundle`, sandbox.id());
    expect(ran).toMatchObject({ status: 0, stdout: 'hello\n' });
  });
});

describe('without root, with ids of /etc/subuid', () => {
  // The files about users of the host, in a mount namespace of its own, know one more.
  const script = `set -e
for name in passwd subuid subgid; do mount --bind "$1/$name" /etc/$name; done
exec setpriv --reuid=4243 --regid=4243 --clear-groups -- sh -c '"$2" --root "$1/own/state" bundle "oci:$1/layout" "$1/own/bundle" &&
"$2" --root "$1/own/state" run --bundle "$1/own/bundle" "$3"' - "$1" "$2" "$3"`;

  test('owners are kept', async () => {
    const at = makePlace(sandbox.folder);
    const files = [
      { name: 'etc/other', mode: 0o4711, uid: 7, gid: 8, data: 'x' },
      { name: 'null', type: '3', major: 1, minor: 3 },
    ];
    writeLayout(at.layout, [busyboxLayer(), tarOf(files)]);
    for (const path of [sandbox.folder, at.folder]) chmodSync(path, 0o755);
    mkdirSync(`${at.folder}/own`);
    chownSync(`${at.folder}/own`, 4243, 4243);
    const users = readFileSync('/etc/passwd', 'utf8');
    writeFileSync(`${at.folder}/passwd`, `${users}slipway-test:x:4243:4243::/:/bin/sh\n`);
    for (const name of ['subuid', 'subgid'])
      writeFileSync(`${at.folder}/${name}`, 'slipway-test:300000:65536\n');
    const call = [
      '-m',
      '--propagation',
      'private',
      'sh',
      '-c',
      script,
      '-',
      at.folder,
      runtimePath,
      sandbox.id(),
    ];
    const { status, stdout, stderr } = await runProgram('unshare', call, { folder: sandbox.folder });
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'hello\n' });
    expect(stderr).toMatch(/^[^\n]*without root no devices can be made: \\"null\\" is an empty file"\n$/);
    const other = statSync(`${at.folder}/own/bundle/rootfs/etc/other`);
    expect(other).toMatchObject({ mode: 0o104711, uid: 300_006, gid: 300_007 });
  });
});

describe('what a layer holds', () => {
  test('owners, modes, times, links, devices, extended attributes, long names, holes', async () => {
    const long = `${'n'.repeat(120)}/${'m'.repeat(200)}`;
    const capability = Buffer.from('0100000200200000000000000000000000000000', 'hex');
    const { rootfs } = await unpacked([
      tarOf([
        { name: 'd/', type: '5', mode: 0o1777, uid: 1, gid: 2, mtime: 2000 },
        { name: 'd/setuid', mode: 0o4755, uid: 70000, gid: 3, mtime: 3000, data: 'data' },
        { name: 'd/hard', type: '1', link: 'd/setuid' },
        { name: 'd/soft', type: '2', link: '/etc/passwd', uid: 5, gid: 6, mtime: 4000 },
        { name: 'd/fifo', type: '6', mode: 0o622 },
        { name: 'd/null', type: '3', mode: 0o666, major: 1, minor: 3 },
        {
          name: 'short',
          data: 'x',
          pax: {
            path: long,
            mtime: '5000.25',
            uid: '3000000',
            'SCHILY.xattr.security.capability': capability,
          },
        },
        {
          name: 'sparse',
          data: Buffer.from('ab'),
          pax: { 'GNU.sparse.size': '1000000', 'GNU.sparse.map': '10,1,999999,1' },
        },
        { name: './', type: '5', mode: 0o751, mtime: 1000 },
      ]),
    ]);
    const status = (name: string) => {
      const { mode, uid, gid, mtimeMs, nlink } = lstatSync(`${rootfs}/${name}`);
      return [mode.toString(8), uid, gid, mtimeMs, nlink];
    };
    expect(status('')).toEqual(['40751', 0, 0, 1_000_000, 4]);
    expect(status('d')).toEqual(['41777', 1, 2, 2_000_000, 2]);
    expect(status('d/setuid')).toEqual(['104755', 70000, 3, 3_000_000, 2]);
    expect(status('d/hard')).toEqual(status('d/setuid'));
    expect(status('d/soft')).toEqual(['120777', 5, 6, 4_000_000, 1]);
    expect(readlinkSync(`${rootfs}/d/soft`)).toBe('/etc/passwd');
    expect(status('d/fifo')).toEqual(['10622', 0, 0, 0, 1]);
    expect(status('d/null')).toEqual(['20666', 0, 0, 0, 1]);
    expect(lstatSync(`${rootfs}/d/null`).rdev).toBe(0x103);
    expect(status(long)).toEqual(['100644', 3000000, 0, 5_000_250, 1]);
    const attributes = execFileSync('python3', ['-c', attributeScript, `${rootfs}/${long}`], {
      encoding: 'utf8',
    });
    expect(attributes.trim()).toBe(capability.toString('hex'));
    const sparse = readFileSync(`${rootfs}/sparse`);
    expect([sparse.length, sparse[10], sparse[11], sparse[999_999]]).toEqual([1_000_000, 97, 0, 98]);
    expect(lstatSync(`${rootfs}/sparse`).blocks).toBeLessThan(100);
  });

  test('directories that the image does not speak of are open to all, whatever the umask', async () => {
    const at = makePlace(sandbox.folder);
    writeLayout(at.layout, [tarOf([{ name: 'a/b/c' }, { name: 'd/e', type: '1', link: 'a/b/c' }])]);
    const call = ['-c', 'umask 077; exec "$@"', '-', runtimePath, 'bundle', `oci:${at.layout}`, at.bundle];
    expect(await runProgram('sh', call, { folder: at.folder })).toMatchObject({ status: 0 });
    const modes = ['', 'rootfs', 'rootfs/a', 'rootfs/a/b', 'rootfs/d'].map(
      (name) => statSync(`${at.bundle}/${name}`).mode & 0o7777,
    );
    expect(modes).toEqual([0o700, 0o755, 0o755, 0o755, 0o755]);
  });

  test('whiteouts remove what lower layers have, and nothing of their own layer', async () => {
    const lower = ['a/one', 'a/two', 'b/one', 'b/sub/two', 'c/one'].map((name) => ({ name, data: name }));
    const { rootfs } = await unpacked([
      tarOf(lower),
      tarOf([
        { name: 'a/.wh.one' },
        { name: 'b/new', data: 'new' },
        { name: 'b/sub/new', data: 'new' },
        { name: 'b/.wh..wh..opq' },
        { name: 'c/two', data: 'new' },
        { name: '.wh.c' },
        { name: '.wh.missing' },
        { name: '.wh..wh.plnk', data: 'of AUFS' },
      ]),
    ]);
    const names = readdirSync(rootfs, { recursive: true, encoding: 'utf8' }).toSorted();
    expect(names).toEqual(['a', 'a/two', 'b', 'b/new', 'b/sub', 'b/sub/new', 'c', 'c/two']);
  });

  test('a whiteout removes directories of any depth', async () => {
    const deep = { name: 'x', data: 'x', pax: { path: `${'d/'.repeat(250)}file` } };
    const { rootfs } = await unpacked([tarOf([deep]), tarOf([{ name: '.wh.d' }])]);
    expect(readdirSync(rootfs)).toEqual([]);
  });

  test('an entry takes the place of one of another kind; a directory stays, and keeps what is in it', async () => {
    const { rootfs } = await unpacked([
      tarOf([
        { name: 'd/', type: '5', mode: 0o755 },
        { name: 'd/kept', data: 'kept' },
        { name: 'tree/', type: '5' },
        { name: 'tree/deep/file', data: 'x' },
        { name: 'file', data: 'x' },
        { name: 'link', type: '2', link: 'd' },
      ]),
      tarOf([
        { name: 'd/', type: '5', mode: 0o700 },
        { name: 'tree', data: 'a file now' },
        { name: 'file/', type: '5' },
        { name: 'link/', type: '5' },
      ]),
    ]);
    expect(readFileSync(`${rootfs}/d/kept`, 'utf8')).toBe('kept');
    expect(lstatSync(`${rootfs}/d`).mode.toString(8)).toBe('40700');
    expect(readFileSync(`${rootfs}/tree`, 'utf8')).toBe('a file now');
    expect(['file', 'link'].map((name) => lstatSync(`${rootfs}/${name}`).isDirectory())).toEqual([
      true,
      true,
    ]);
  });
});

const attributeScript = 'import os,sys; print(os.getxattr(sys.argv[1], "security.capability").hex())';

describe('the configuration', () => {
  test('is that of the image, on top of the example', async () => {
    const { config } = await unpacked([busyboxLayer()], {
      config: (image) => {
        image.author = 'somebody';
        image.config = {
          User: 'web',
          Env: ['A=b', 'PATH=/bin'],
          Entrypoint: ['/bin/sh', '-c'],
          Cmd: ['id'],
          WorkingDir: '/tmp',
          StopSignal: 'SIGINT',
          ExposedPorts: { '80/tcp': {}, '443/tcp': {} },
          Volumes: { '/data': {} },
          Labels: { note: 'text' },
        };
      },
    });
    expect(config.process).toMatchObject({
      terminal: false,
      user: { uid: 1000, gid: 1001, additionalGids: [50] },
      args: ['/bin/sh', '-c', 'id'],
      env: ['A=b', 'PATH=/bin'],
      cwd: '/tmp',
    });
    expect(config.annotations).toEqual({
      'org.opencontainers.image.os': 'linux',
      'org.opencontainers.image.architecture': process.arch === 'x64' ? 'amd64' : process.arch,
      'org.opencontainers.image.author': 'somebody',
      'org.opencontainers.image.stopSignal': 'SIGINT',
      'org.opencontainers.image.exposedPorts': '443/tcp,80/tcp',
      note: 'text',
    });
    expect(config.mounts.at(-1)).toMatchObject({ destination: '/data', type: 'tmpfs' });
  });

  test('--terminal; TERM comes with it', async () => {
    const { config } = await unpacked([busyboxLayer()], {}, ['--terminal']);
    expect(config.process.terminal).toBe(true);
    expect(config.process.env).toContain('TERM=xterm');
  });

  test('--platform chooses of an index, and takes another architecture', async () => {
    const other = { os: 'linux', architecture: 's390x' };
    const at = makePlace(sandbox.folder);
    writeLayout(at.layout, [busyboxLayer()], {
      config: (image) => {
        image.architecture = 's390x';
      },
      index: (index) => {
        index.manifests[0].platform = other;
      },
    });
    const refused = await sandbox.run(['bundle', `oci:${at.layout}`, at.bundle]);
    expect(refused.stderr).toMatch(/has none for linux\/.*; it has linux\/s390x\n$/);
    const taken = await sandbox.run(['bundle', '--platform', 'linux/s390x', `oci:${at.layout}`, at.bundle]);
    expect(taken).toMatchObject({ status: 0, stderr: '' });
  });

  test('--rootless: for a user namespace of the caller', async () => {
    const { config } = await unpacked([busyboxLayer()], {}, ['--rootless']);
    expect(config.linux.uidMappings).toEqual([{ containerID: 0, hostID: 0, size: 1 }]);
  });

  test('labels never steer the runtime', async () => {
    const { config, stderr } = await unpacked([busyboxLayer()], {
      config: (image) => {
        image.config.Labels = { 'run.oci.hooks.stdout': '/x', 'org.systemd.property.TasksMax': '1' };
      },
    });
    expect(Object.keys(config.annotations)).not.toContain('run.oci.hooks.stdout');
    expect(Object.keys(config.annotations)).not.toContain('org.systemd.property.TasksMax');
    expect(stderr.trimEnd().split('\n')).toHaveLength(2);
    expect(stderr).toContain('would steer the runtime');
  });

  test.each([
    ['nobody', 'the image runs as "nobody", and its /etc/passwd has no user "nobody"'],
    ['web:nogroup', 'the image runs as "web:nogroup", and its /etc/group has no group "nogroup"'],
  ])('user %s, whom the image does not have', async (user, text) => {
    const change = {
      config: (image: { config: { User: string } }) => {
        image.config.User = user;
      },
    };
    expect(await refusal([busyboxLayer()], change)).toBe(text);
  });
});

describe('an image that is refused', () => {
  test.each<[string, readonly TarMember[], RegExp]>([
    [
      'a hard link out',
      [{ name: 'hard', type: '1', link: '../../canary' }],
      /link "hard" to "canary": no such file/,
    ],
    ['an entry below a file', [{ name: 'f' }, { name: 'f/g' }], /"f\/g": not a directory/],
    [
      'another kind of root',
      [{ name: './', type: '2', link: '/etc' }],
      /would take the place of the root directory/,
    ],
    ['a whiteout of the parent', [{ name: '.wh...' }], /is a whiteout of no name/],
    ['a whiteout without a name', [{ name: '.wh.' }], /is a whiteout of no name/],
    ['a type that no layer has', [{ name: 'v', type: 'V' }], /of type "V" is not part of a layer/],
    ['a size that is not there', [{ name: 'f', size: 5000, data: 'x' }], /cut short/],
    ['a name too long', [{ name: 'x', pax: { path: 'n'.repeat(300) } }], /file name too long/],
    ['too deep', [{ name: 'x', pax: { path: 'd/'.repeat(300) } }], /--max-depth/],
    [
      'a PAX record that is none',
      [{ name: 'pax', type: 'x', data: '99 path=x\n' }, { name: 'f' }],
      /PAX header/,
    ],
    ['an owner that is none', [{ name: 'f', pax: { uid: '4294967295' } }], /no id of a user/],
    [
      'a sparse map that overlaps',
      [{ name: 'f', data: 'ab', pax: { 'GNU.sparse.size': '9', 'GNU.sparse.map': '4,1,0,1' } }],
      /overlap/,
    ],
  ])('%s is refused', async (_name, members, text) => {
    expect(await refusal([tarOf(members)])).toMatch(text);
  });

  test.each<[string, readonly string[], RegExp]>([
    ['depth', ['--max-depth', '1'], /a path of more than 1 names; --max-depth/],
    ['bytes', ['--max-size', '1k'], /more than 1024 bytes; --max-size/],
    ['entries', ['--max-entries', '3'], /more than 3 entries; --max-entries/],
    ['ratio', ['--max-ratio', '1'], /--max-ratio/],
  ])('limits: %s', async (_name, options, text) => {
    const zeros = tarOf([{ name: 'zeros', data: Buffer.alloc(80 << 20) }]);
    const layers = [busyboxLayer(), { archive: zeros, compression: 'gzip' as const }];
    expect(await refusal(layers, {}, options)).toMatch(text);
  });
});

describe('a layout that is wrong', () => {
  // biome-ignore lint/suspicious/noExplicitAny: these documents are wrong
  type Wrong = any;
  test.each<[string, LayoutChange, RegExp]>([
    [
      'no layers',
      {
        manifest: (m: Wrong) => {
          m.layers = 3;
        },
      },
      /\/layers: expected an array, found 3/,
    ],
    [
      'a size that differs',
      {
        manifest: (m: Wrong) => {
          m.layers[0].size += 1;
        },
      },
      /its descriptor says/,
    ],
    [
      'a digest of no form',
      {
        manifest: (m: Wrong) => {
          m.layers[0].digest = 'md5:0';
        },
      },
      /expected a digest/,
    ],
    [
      'a blob that is not there',
      {
        manifest: (m: Wrong) => {
          m.layers[0].digest = digestOf('x');
        },
      },
      /has no "blobs\/sha256/,
    ],
    [
      'a compression that nobody knows',
      {
        manifest: (m: Wrong) => {
          m.layers[0].mediaType = 'application/vnd.oci.image.layer.v1.tar+xz';
        },
      },
      /cannot be unpacked: expected one of/,
    ],
    [
      'an encrypted layer',
      {
        manifest: (m: Wrong) => {
          m.layers[0].mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip+encrypted';
        },
      },
      /it is encrypted/,
    ],
    [
      'gzip that is none',
      {
        manifest: (m: Wrong) => {
          m.layers[0].mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip';
        },
      },
      /gzip: incorrect header check/,
    ],
    [
      'an archive with another digest',
      {
        config: (c: Wrong) => {
          c.rootfs.diff_ids[0] = digestOf('x');
        },
      },
      /its digest is sha256:/,
    ],
    [
      'another platform',
      {
        config: (c: Wrong) => {
          c.architecture = 's390x';
        },
      },
      /it is for linux\/s390x, not for .*; --platform linux\/s390x takes it/,
    ],
  ])('%s', async (_name, change, text) => {
    expect(await refusal([busyboxLayer()], change)).toMatch(text);
  });

  test.each<[string, unknown, string]>([
    ['Volumes', { '/': {} }, '/config/Volumes: expected an absolute path below /, found "/"'],
    ['Volumes', { data: {} }, '/config/Volumes: expected an absolute path below /, found "data"'],
    ['Volumes', { '/a\0b': {} }, '/config/Volumes: expected an absolute path below /, found "/a\\u0000b"'],
    ['WorkingDir', 'data', '/config/WorkingDir: expected an absolute path, found "data"'],
    ['Env', ['NAME'], '/config/Env: "NAME" is no variable: expected NAME=VALUE'],
    ['Entrypoint', '/bin/id', '/config/Entrypoint: expected an array, found "/bin/id"'],
    ['User', 7, '/config/User: expected a string, found 7'],
  ])('%s in the configuration: %j', async (field, value, words) => {
    const config = (image: Wrong) => {
      image.config[field] = value;
    };
    expect(await refusal([busyboxLayer()], { config })).toContain(words);
  });

  test('a blob that was changed', async () => {
    const at = makePlace(sandbox.folder);
    writeLayout(at.layout, [busyboxLayer()]);
    for (const name of readdirSync(`${at.layout}/blobs/sha256`)) {
      const path = `${at.layout}/blobs/sha256/${name}`;
      const bytes = readFileSync(path);
      if (bytes.length > 100_000) writeFileSync(path, bytes.fill(1, 50_000, 50_001));
    }
    const { status, stderr } = await sandbox.run(['bundle', `oci:${at.layout}`, at.bundle]);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringContaining('its digest is sha256:'),
    });
    expect(existsSync(at.bundle)).toBe(false);
  });

  test('a tag that is not there: which there are', async () => {
    const at = makePlace(sandbox.folder);
    writeLayout(at.layout, [busyboxLayer()]);
    const { status, stderr } = await sandbox.run(['bundle', `oci:${at.layout}:other`, at.bundle]);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: `image "${at.layout}" has no tag "other"; it has "latest"\n`,
    });
  });

  test.each([
    ['slipway gets SIGTERM', 'kill $!', 'interrupted by SIGTERM\n'],
    ['its process gets SIGKILL', 'kill -9 $(pgrep -P $!)', 'layer 1: slipway-init ended by SIGKILL\n'],
  ])('%s: one line, and nothing is left', async (_name, kill, text) => {
    const at = makePlace(sandbox.folder);
    writeLayout(at.layout, [longLayer()]);
    const script = `"$1" bundle "oci:$2" "$3" & until [ -e "$3/rootfs/zeros" ]; do :; done; ${kill}; wait $!`;
    const call = ['-c', script, '-', runtimePath, at.layout, at.bundle];
    const { status, stderr } = await runProgram('sh', call, { folder: sandbox.folder });
    expect({ status, stderr }).toEqual({ status: 1, stderr: text });
    expect(readdirSync(at.folder)).toEqual(['layout']);
  });

  test('Ctrl-C, which the whole process group gets', async () => {
    const at = makePlace(sandbox.folder);
    writeLayout(at.layout, [longLayer()]);
    // A shell has its background programs ignore SIGINT.
    const script = `trap : INT; env --default-signal=INT "$1" bundle "oci:$2" "$3" & pid=$!
until [ -e "$3/rootfs/zeros" ]; do :; done; kill -INT 0; until wait $pid; [ $? -lt 128 ]; do :; done`;
    const call = ['--wait', 'sh', '-c', script, '-', runtimePath, at.layout, at.bundle];
    const { stderr } = await runProgram('setsid', call, { folder: sandbox.folder });
    expect(stderr).toBe('interrupted by SIGINT\n');
    expect(readdirSync(at.folder)).toEqual(['layout']);
  });

  test('files that somebody removes meanwhile: the name of the first that is missed', async () => {
    const at = makePlace(sandbox.folder);
    const files = Array.from({ length: 20_000 }, (_, index) => ({ name: `f${index}`, data: 'x' }));
    writeLayout(at.layout, [tarOf(files)]);
    const script = `"$1" bundle "oci:$2" "$3" & until [ -e "$3/rootfs/f0" ]; do :; done
while [ -e "$3/rootfs" ] && kill -0 $!; do find "$3/rootfs" -delete; done 2>/dev/null; wait $!`;
    const call = ['-c', script, '-', runtimePath, at.layout, at.bundle];
    const { status, stderr } = await runProgram('sh', call, { folder: sandbox.folder });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^layer 1: "f\d+": no such file or directory \(ENOENT\)[^\n]*\n$/);
  });

  test('a full disk: one line, and nothing is left', async () => {
    const at = makePlace(sandbox.folder);
    writeLayout(at.layout, [
      { archive: tarOf([{ name: 'zeros', data: Buffer.alloc(8 << 20) }]), compression: 'gzip' },
    ]);
    mkdirSync(`${at.folder}/small`);
    const script =
      'mount -t tmpfs -o size=1m none "$1/small" && "$2" bundle "oci:$1/layout" "$1/small/b"; echo "$?"; ls "$1/small"';
    const call = ['-m', '--propagation', 'private', 'sh', '-c', script, '-', at.folder, runtimePath];
    const { stdout, stderr } = await runProgram('unshare', call, { folder: at.folder });
    expect({ stdout, stderr }).toEqual({
      stdout: '1\n',
      stderr: 'layer 1: "zeros": no space left on device (ENOSPC)\n',
    });
  });

  test('how much is unpacked: on a terminal, and without --quiet', async () => {
    const at = makePlace(sandbox.folder);
    const archive = tarOf([{ name: 'zeros', data: Buffer.alloc(64 << 20) }]);
    writeLayout(at.layout, [archive, { archive, compression: 'gzip' }]);
    const script = 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))';
    const shown = (...options: string[]) => {
      const call = ['bundle', ...options, `oci:${at.layout}`, `${at.bundle}${options.length}`];
      return runProgram('python3', ['-c', script, runtimePath, ...call], { folder: sandbox.folder });
    };
    const { status, stdout } = await shown();
    expect(status).toBe(0);
    const lines = stdout.split('\r\x1b[K');
    expect([lines[0], lines.at(-1)]).toEqual(['', '']);
    for (const line of lines.slice(1, -1)) expect(line).toMatch(/^layer [12] of 2: \d+\.\d of \d+\.\d MiB$/);
    expect(stdout).toContain('layer 1 of 2: ');
    expect(await shown('--quiet')).toMatchObject({ status: 0, stdout: '' });
  });

  test('a directory with something in it', async () => {
    const at = makePlace(sandbox.folder);
    writeLayout(at.layout, [busyboxLayer()]);
    const { status, stderr } = await sandbox.run(['bundle', `oci:${at.layout}`, at.folder]);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: `"${at.folder}" exists, and is no empty directory\n`,
    });
    expect(readdirSync(at.folder)).toEqual(['layout']);
  });
});
