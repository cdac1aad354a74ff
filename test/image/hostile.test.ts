// Archives and layouts that try to reach files of the host: nothing around the bundle is opened, read or changed, as inotify(7) and a
// listing show, and slipway comes to an end with nothing or one line.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { compileProbe } from '../support/compile.ts';
import { digestOf, listing, makePlace, type TarMember, tarOf, writeLayout } from '../support/image.ts';
import { runProgram, runtimePath } from '../support/runtime.ts';
import { Sandbox } from '../support/sandbox.ts';

const sandbox = Sandbox.forFile();
const at = makePlace(sandbox.folder);
/** What the images are after. */
const target = `${at.folder}/target`;
const secret = `${target}/secret`;
const up = '../'.repeat(40);
const secretText = 'root:x:0:0::/:/bin/sh\n';
let watch = '';

beforeAll(() => {
  watch = compileProbe('watch', sandbox.folder);
  mkdirSync(target);
  writeFileSync(secret, secretText, { mode: 0o600 });
});

afterEach(() => rmSync(at.layout, { recursive: true }));

/** Has slipway make a bundle, and demands that the target stays as it is, unopened. Returns what slipway said. */
async function attack(image: string): Promise<string> {
  const [bundle, report] = [`${at.folder}/bundle`, `${sandbox.folder}/report`];
  rmSync(bundle, { recursive: true, force: true });
  // Files of the host that no part of slipway needs here.
  const watched = [target, secret, '/etc/shadow', '/etc/hostname', '/root'];
  const before = listing(at.folder);
  const call = [report, ...watched, '--', runtimePath, 'bundle', image, bundle];
  const { status, stderr } = await runProgram(watch, call, { folder: sandbox.folder });
  expect([0, 1]).toContain(status);
  expect(readFileSync(report, 'utf8')).toBe('');
  const errors = stderr.split('\n').filter((line) => line !== '' && !line.includes('level=warning'));
  expect(errors).toHaveLength(status);
  rmSync(bundle, { recursive: true, force: true });
  // The folder itself had the bundle in it.
  expect(listing(at.folder)).toBe(before);
  return stderr;
}

const link = (name: string, to: string): TarMember => ({ name, type: '2', link: to });
const hard = (name: string, to: string): TarMember => ({ name, type: '1', link: to });
const file = (name: string, more: Partial<TarMember> = {}): TarMember => ({
  name,
  data: 'changed',
  mode: 0o666,
  ...more,
});
const directory = (name: string): TarMember => ({ name, type: '5', mode: 0o777 });
const pax = (name: string, records: TarMember['pax'] & object, more: Partial<TarMember> = {}): TarMember => ({
  name,
  pax: records,
  ...more,
});

type Members = readonly TarMember[];

/** Layers, as functions: the target has its name only when the tests run. */
const archives: Readonly<Record<string, readonly Members[]>> = {
  'a name with ..': [
    [file(`${up}${secret}`.slice(0, 99)), file('../target/secret'), file('../../target/secret')],
  ],
  'a name with .. in its middle': [[directory('a/'), file('a/b/../../../../target/secret')]],
  'an absolute name': [[pax('x', { path: secret }, { data: 'changed' })]],
  'an absolute name with ..': [[pax('x', { path: `/${up}${secret}` }, { data: 'changed' })]],
  'an absolute name with // and /./': [
    [pax('x', { path: `//.//${secret.replaceAll('/', '/./')}` }, { data: 'changed' })],
  ],
  'a long name of GNU tar with ..': [
    [{ name: '././@LongLink', type: 'L', data: `${up}${secret}\0` }, file('x')],
  ],
  'a name with a NUL': [[pax('x', { path: `a\0/../..${secret}` }, { data: 'changed' })]],
  'a name of .. alone': [[directory('..'), directory('../..'), file('..')]],
  'an empty name': [[pax('x', { path: '/' }, { data: 'changed' })]],
  'an absolute symbolic link, and a file below it': [[link('out', target), file('out/secret')]],
  'a relative symbolic link, and a file below it': [[link('out', '../../target'), file('out/secret')]],
  'a symbolic link with many ..': [[link('out', `${up}${target}`.slice(0, 99)), file('out/secret')]],
  'a symbolic link of a PAX record': [
    [pax('out', { linkpath: `/${up}${target}` }, { type: '2' }), file('out/secret')],
  ],
  'a chain of links': [[link('a', 'b'), link('b', 'c/../c'), link('c', '../../target'), file('a/secret')]],
  'links that go round': [[link('a', 'b'), link('b', 'a'), file('a/x'), directory('b/c')]],
  'a link to /proc/self/root': [[link('out', `/proc/self/root${target}`.slice(0, 99)), file('out/secret')]],
  'a link to /proc/1/root': [[link('out', '/proc/1/root/etc'), file('out/hostname')]],
  'links to every fd and the cwd': [
    Array.from({ length: 20 }, (_, fd) => [
      link(`fd${fd}`, `/proc/self/fd/${fd}`),
      file(`fd${fd}/${up}${secret}`.slice(0, 99)),
    ]).flat(),
    [link('cwd', '/proc/self/cwd'), file('cwd/x')],
  ],
  'a link in the place of a file': [[file('x'), link('x', secret), file('x')]],
  'a link in the place of a directory': [[directory('d/'), file('d/x'), link('d', target), file('d/secret')]],
  'a directory in the place of a link': [[link('d', target), directory('d/'), file('d/secret')]],
  'a name with a slash behind a link': [
    [link('d', target), { ...directory('d/'), uid: 7, gid: 7, mtime: 1 }],
  ],
  'a link in a lower layer': [
    [link('out', target)],
    [file('out/secret')],
    [directory('out/'), file('out/secret')],
  ],
  'a link that the next layer removes and makes again': [
    [directory('out/')],
    [{ name: '.wh.out' }, link('out', target)],
    [file('out/secret')],
  ],
  'a whiteout below a link': [[link('out', target)], [{ name: 'out/.wh.secret' }]],
  'an opaque whiteout of a link': [[link('out', target)], [{ name: 'out/.wh..wh..opq' }]],
  'a whiteout of ..': [[{ name: '.wh...' }, { name: 'a/.wh...' }]],
  'a whiteout with a name of ..': [[{ name: '../../target/.wh.secret' }]],
  'a whiteout of .': [[{ name: '.wh..' }]],
  'a whiteout of nothing': [[{ name: '.wh.' }]],
  'an absolute hard link': [[hard('x', secret.slice(0, 99)), file('x')]],
  'a hard link with ..': [[hard('x', '../../target/secret'), file('x')]],
  'a hard link of a PAX record': [[pax('x', { linkpath: `/${up}${secret}` }, { type: '1' }), file('x')]],
  'a hard link to a link that leads out': [[link('out', secret), hard('x', 'out'), file('x')]],
  'a hard link through a link that leads out': [[link('out', target), hard('x', 'out/secret'), file('x')]],
  'a hard link to itself': [[hard('x', 'x'), file('x')]],
  'a hard link to the root directory': [[hard('x', '/')]],
  'a link in the place of the root directory': [[link('./', target), file('secret')]],
  'a file in the place of the root directory': [[file('./'), file('secret')]],
  'a device of the host, and data for it': [
    [{ name: 'disk', type: '4', major: 254, minor: 0, mode: 0o666 }, file('disk')],
  ],
  'a device of the host, and a file below it': [
    [{ name: 'disk', type: '4', major: 254, minor: 0 }, file('disk/x')],
  ],
  'a fifo, and data for it': [
    [{ name: 'fifo', type: '6' }, file('fifo'), { name: 'fifo', type: '6' }, file('fifo/x')],
  ],
  'a fifo as etc/passwd': [[{ name: 'etc/passwd', type: '6' }]],
  'a device without an end as etc/passwd': [[{ name: 'etc/passwd', type: '3', major: 1, minor: 5 }]],
  'a directory as etc/passwd': [[directory('etc/passwd/')]],
  'a link as etc/passwd': [[link('etc/passwd', secret)]],
  'a link with many .. as etc/group': [[link('etc/group', `${up}${secret}`.slice(0, 99))]],
  'a link as etc': [[link('etc', target)]],
  'attributes that the kernel trusts': [
    [
      file('x', {
        pax: { 'SCHILY.xattr.trusted.overlay.opaque': 'y', 'SCHILY.xattr.security.selinux': 'z' },
      }),
    ],
  ],
  'an attribute for what a link leads to': [
    [link('out', secret), pax('out', { 'SCHILY.xattr.user.x': 'y' }, { type: '2', link: secret })],
  ],
  'a file that is larger than any disk': [
    [file('x', { data: '', pax: { 'GNU.sparse.size': '9007199254740991', 'GNU.sparse.map': '0,0' } })],
  ],
  'names as deep as may be': [[file(`${'d/'.repeat(48)}x`), pax('x', { path: `${'d/'.repeat(4000)}x` })]],
  'one name as a file, a directory and a link': [
    [
      file('x'),
      directory('x/'),
      file('x/y'),
      link('x', target),
      file('x'),
      directory('x/'),
      link('x/y', secret),
      file('x/y'),
    ],
  ],
  'what the host keeps beside the root file system': [
    [file('../config.json'), link('../rootfs', target), file('../rootfs/secret')],
  ],
};

describe('archives', () => {
  test.each(Object.entries(archives))('%s', async (_, layers) => {
    const aboutUsers = layers.flat().some(({ name }) => name.startsWith('etc'));
    writeLayout(at.layout, layers.map(tarOf), {
      config: ({ config }) => {
        config.User = aboutUsers ? 'root' : '';
      },
    });
    await attack(`oci:${at.layout}`);
  });
});

describe('layouts', () => {
  const index = (digest: string) =>
    JSON.stringify({
      manifests: [{ mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: 22 }],
    });
  const docker = (config: string, layer = config) => JSON.stringify([{ Config: config, Layers: [layer] }]);
  const write = (files: Readonly<Record<string, string>>, links: Readonly<Record<string, string>> = {}) => {
    const path = at.layout;
    mkdirSync(`${path}/blobs/sha256`, { recursive: true });
    writeFileSync(`${path}/oci-layout`, '{"imageLayoutVersion":"1.0.0"}');
    for (const [name, text] of Object.entries(files)) writeFileSync(`${path}/${name}`, text);
    for (const [name, to] of Object.entries(links)) {
      rmSync(`${path}/${name}`, { recursive: true, force: true });
      symlinkSync(to, `${path}/${name}`);
    }
  };
  const secretDigest = digestOf(secretText);

  const layouts: Readonly<Record<string, readonly ['oci' | 'docker-archive', () => void]>> = {
    'a digest with ..': ['oci', () => write({ 'index.json': index(`sha256:../../../target/secret`) })],
    'a configuration with ..': [
      'docker-archive',
      () => write({ 'manifest.json': docker('../target/secret') }),
    ],
    'an absolute configuration': ['docker-archive', () => write({ 'manifest.json': docker(`/..${secret}`) })],
    'a layer with ..': [
      'docker-archive',
      () =>
        write({
          'manifest.json': docker('c', '../target/secret'),
          c:
            '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["' +
            secretDigest +
            '"]}}',
        }),
    ],
    'a device as configuration': [
      'docker-archive',
      () => write({ 'manifest.json': docker('../../../../../../dev/zero') }),
    ],
    'a blob that is a link out': [
      'oci',
      () =>
        write({ 'index.json': index(secretDigest) }, { [`blobs/${secretDigest.replace(':', '/')}`]: secret }),
    ],
    'blobs that are a link out': [
      'oci',
      () => write({ 'index.json': index(secretDigest) }, { 'blobs/sha256': target }),
    ],
    'an index that is a link out': ['oci', () => write({}, { 'index.json': secret })],
    'an index that is a link to a device': ['oci', () => write({}, { 'index.json': '/dev/zero' })],
    'a configuration that is a link out': [
      'docker-archive',
      () => write({ 'manifest.json': docker('c') }, { c: secret }),
    ],
    'a fifo as index': [
      'oci',
      () => {
        write({});
        execFileSync('mkfifo', [`${at.layout}/index.json`]);
      },
    ],
    'an archive that has a link out': [
      'docker-archive',
      () => {
        write({ 'manifest.json': docker('c') }, { c: '../target/secret' });
        execFileSync('tar', ['-C', at.layout, '-cf', `${at.folder}/tar`, '.']);
        rmSync(at.layout, { recursive: true });
        execFileSync('mv', [`${at.folder}/tar`, at.layout]);
      },
    ],
  };
  test.each(Object.entries(layouts))('%s', async (_, [transport, make]) => {
    make();
    const said = await attack(`${transport}:${at.layout}`);
    expect(said).toMatch(/^[^\n]+\n$/);
    expect(said).not.toContain('root:');
  });
});
