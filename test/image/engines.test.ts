// Images that podman, buildah, docker, skopeo and umoci write: the root file system is that of "umoci unpack", and so is the
// configuration, but for what is listed here with its reason. Each image runs.

import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Docker } from '../engines/docker.ts';
import { hasProgram, type Machine } from '../engines/machine.ts';
import { busyboxLayer, type TarMember, tarOf, writeLayout } from '../support/image.ts';
import { runAs } from '../support/rootless.ts';
import { runtimePath } from '../support/runtime.ts';
import { Sandbox } from '../support/sandbox.ts';
import { describeTree } from '../support/tree.ts';

const sandbox = Sandbox.forFile();
const name = 'localhost/box:1';
/** Nanoseconds since 1970. */
const start = BigInt(Date.now()) * 1_000_000n;

const capability = Buffer.from('0100000200200000000000000000000000000000', 'hex');

/** What tar archives of images can hold. */
const members: readonly TarMember[] = [
  { name: './', type: '5', mode: 0o755, mtime: 1_000_000_000 },
  { name: 'var/', type: '5', mode: 0o1777, uid: 1, gid: 2, mtime: 1_100_000_000 },
  { name: 'var/setuid', mode: 0o6755, uid: 70_000, gid: 3, mtime: 1_200_000_000, data: 'setuid' },
  { name: 'var/hard', type: '1', link: 'var/setuid' },
  { name: 'var/soft', type: '2', link: '/etc/passwd', uid: 5, gid: 6, mtime: 1_300_000_000 },
  { name: 'var/up', type: '2', link: '../../..' },
  { name: 'var/fifo', type: '6', mode: 0o622 },
  { name: 'var/null', type: '3', mode: 0o666, major: 1, minor: 3 },
  { name: 'var/block', type: '4', mode: 0o600, major: 7, minor: 200 },
  {
    name: 'capable',
    mode: 0o755,
    data: 'x',
    pax: {
      path: `var/${'n'.repeat(120)}/${'m'.repeat(120)}`,
      mtime: '1400000000.25',
      uid: '3000000',
      'SCHILY.xattr.security.capability': capability,
      'SCHILY.xattr.user.note': 'text',
    },
  },
  { name: 'var/removed', data: 'x' },
  { name: 'opaque/old', data: 'x' },
  { name: 'other/old', data: 'x' },
];

const upper: readonly TarMember[] = [
  { name: 'var/.wh.removed' },
  { name: 'opaque/.wh..wh..opq' },
  { name: 'opaque/new', data: 'y', mtime: 1_500_000_000 },
  { name: 'other', data: 'a file in the place of a directory' },
];

/** Where the configuration is not that of umoci 0.4, and why. */
const differences: Readonly<Record<string, string>> = {
  '/hostname': 'that of `spec`',
  '/linux/maskedPaths': 'those of runc since then: /proc/acpi, /proc/asound and /proc/keys too',
  '/linux/readonlyPaths': '/proc/asound is masked',
  '/mounts/7/options': 'a volume holds what the image has there (config.md "Volumes"), and no devices',
  '/mounts/7/source': 'a name that /proc/mounts shows: that of the other mounts of tmpfs',
  '/ociVersion': 'that of the version of the specification that `spec` writes for',
  '/process/capabilities/ambient': 'none since CVE-2022-29162',
  '/process/capabilities/inheritable': 'none since CVE-2022-29162',
  '/process/env': 'no TERM without a terminal; HOME comes at the start, from /etc/passwd as it is then',
  '/process/terminal': 'an engine asks for one with --terminal',
  '/root/readonly': 'said, not left out',
};

type Document = { readonly [key: string]: unknown };

function configOf(bundle: string): Document {
  return JSON.parse(readFileSync(`${bundle}/config.json`, 'utf8'));
}

/** Pointers to what two documents do not share, sorted. A list of texts is one value. */
function differing(one: unknown, other: unknown, at = ''): string[] {
  const isDeep = (value: unknown): value is Document =>
    typeof value === 'object' &&
    value !== null &&
    !(Array.isArray(value) && value.every((item) => typeof item === 'string'));
  if (!isDeep(one) || !isDeep(other)) return JSON.stringify(one) === JSON.stringify(other) ? [] : [at];
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])].toSorted();
  return keys.flatMap((key) => differing(one[key], other[key], `${at}/${key}`));
}

describe.skipIf(!['podman', 'buildah', 'dockerd', 'skopeo', 'umoci'].every(hasProgram))('images of', () => {
  let machine: Machine;
  let docker: Docker;
  let folder = '';

  beforeAll(async () => {
    docker = await Docker.start();
    ({ machine } = docker);
    ({ folder } = machine);
    for (const path of [sandbox.folder, folder]) chmodSync(path, 0o755);
    writeLayout(
      `${folder}/source`,
      [busyboxLayer(), tarOf(members), { archive: tarOf(upper), compression: 'gzip' }],
      {
        config: (image) => {
          image.author = 'somebody';
          image.created = '2026-01-01T00:00:00Z';
          image.history = [
            { created: image.created },
            { created: image.created },
            { created: image.created },
          ];
          image.config = {
            User: 'web',
            Env: ['A=b', 'PATH=/bin'],
            Entrypoint: ['/bin/cat'],
            Cmd: ['/etc/hello'],
            WorkingDir: '/etc',
            StopSignal: 'SIGINT',
            ExposedPorts: { '80/tcp': {} },
            Labels: { note: 'text' },
            Volumes: { '/var/volume': {} },
          };
        },
      },
    );
  });
  afterAll(() => machine.close());

  /** How each of them writes an image at `to`, and the transport of what it writes. */
  const writers: Readonly<
    Record<string, readonly ['oci' | 'docker-archive', (to: string) => Promise<unknown>]>
  > = {
    'skopeo copy, as a layout': ['oci', (to) => call('skopeo', 'copy', source(), `oci:${to}:box`)],
    'skopeo copy, as a tar archive of a layout': [
      'oci',
      (to) => call('skopeo', 'copy', source(), `oci-archive:${to}:box`),
    ],
    'skopeo copy, with zstd': [
      'oci',
      (to) => call('skopeo', 'copy', '--dest-compress-format', 'zstd', source(), `oci:${to}:box`),
    ],
    'skopeo copy, for docker': [
      'docker-archive',
      (to) => call('skopeo', 'copy', source(), `docker-archive:${to}:${name}`),
    ],
    'podman save, as a layout': ['oci', (to) => savedByPodman('oci-dir', to)],
    'podman save, as a tar archive of a layout': ['oci', (to) => savedByPodman('oci-archive', to)],
    'podman save': ['docker-archive', (to) => savedByPodman('docker-archive', to)],
    'buildah commit': [
      'oci',
      async (to) => {
        await call('buildah', 'pull', '--quiet', `docker-archive:${await archiveOfSource()}`);
        const container = await call('buildah', 'from', name);
        await call(
          'buildah',
          'run',
          '--user',
          '0',
          '--isolation',
          'chroot',
          container,
          '/bin/sh',
          '-c',
          'echo new > /tmp/of-buildah',
        );
        await call('buildah', 'commit', '--quiet', container, `oci:${to}:box`);
      },
    ],
    'docker save': [
      'docker-archive',
      async (to) => {
        await call('docker', 'load', '--quiet', '--input', await archiveOfSource());
        await call('docker', 'save', '--output', to, name);
      },
    ],
    'umoci repack': [
      'oci',
      async (to) => {
        await call('cp', '-a', `${folder}/source`, to);
        await call('umoci', 'unpack', '--image', `${to}:latest`, `${to}.bundle`);
        await call(
          'sh',
          '-c',
          'rm "$1/etc/hello"; echo hello > "$1/etc/hello"; rm -r "$1/opaque"',
          '-',
          `${to}.bundle/rootfs`,
        );
        await call('umoci', 'repack', '--image', `${to}:box`, `${to}.bundle`);
        await call('umoci', 'rm', '--image', `${to}:latest`);
      },
    ],
  };

  function source(): string {
    return `oci:${folder}/source:latest`;
  }

  function call(...program: readonly string[]): Promise<string> {
    return machine.output(program);
  }

  async function savedByPodman(format: string, to: string): Promise<void> {
    await call('podman', 'load', '--quiet', '--input', await archiveOfSource());
    await call('podman', 'save', '--quiet', '--format', format, '--output', to, name);
  }

  /** The image as docker, podman and buildah take it from a file. */
  async function archiveOfSource(): Promise<string> {
    const archive = `${folder}/source.tar`;
    if (!existsSync(archive)) await call('skopeo', 'copy', source(), `docker-archive:${archive}:${name}`);
    return archive;
  }

  let count = 0;

  /** Without the times of directories that no layer speaks of, or that changed after it did. */
  function tree(rootfs: string): string[] {
    return describeTree(rootfs).map((line) =>
      line.replace(/\b\d{19}\b/, (time) => (BigInt(time) > start ? 'now' : time)),
    );
  }

  /** A layout of the image, for umoci. */
  async function layoutFor(transport: string, image: string): Promise<string> {
    const layout = `${image}.layout`;
    const from =
      transport === 'oci' && execFileSync('stat', ['-c', '%F', image]).toString() !== 'directory\n'
        ? 'oci-archive'
        : transport;
    await call('skopeo', 'copy', '--dest-compress-format', 'gzip', `${from}:${image}`, `oci:${layout}:box`);
    return `${layout}:box`;
  }

  test.each(Object.entries(writers))('%s', async (_, [transport, write]) => {
    count += 1;
    const image = `${folder}/image-${count}`;
    await write(image);
    const bundle = `${image}.slipway`;
    const made = await sandbox.run(['bundle', `${transport}:${image}`, bundle]);
    expect(made).toMatchObject({ status: 0, stdout: '' });
    await call('umoci', 'unpack', '--image', await layoutFor(transport, image), `${image}.umoci`);
    expect(tree(`${bundle}/rootfs`)).toEqual(tree(`${image}.umoci/rootfs`));
    expect(differing(configOf(bundle), configOf(`${image}.umoci`))).toEqual(Object.keys(differences));
    const { status, stdout } = await sandbox.run(['run', '--bundle', bundle, sandbox.id()]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'hello\n' });
    const once = await sandbox.run(['run', '--image', `${transport}:${image}`, sandbox.id()]);
    expect({ status: once.status, stdout: once.stdout }).toEqual({ status: 0, stdout: 'hello\n' });
    const own = `${image}.own`;
    await call('chmod', '-R', 'a+rX', image);
    mkdirSync(own);
    chownSync(own, 4242, 4242);
    const asOwner = (...args: string[]) => runAs(4242, [runtimePath, '--root', `${own}/state`, ...args], own);
    const hello = { status: 0, stdout: 'hello\n' };
    expect(await asOwner('bundle', `${transport}:${image}`, `${own}/bundle`)).toMatchObject({ status: 0 });
    expect(await asOwner('run', '--bundle', `${own}/bundle`, sandbox.id())).toMatchObject(hello);
    expect(await asOwner('run', '--image', `${transport}:${image}`, sandbox.id())).toMatchObject(hello);
  });
});
