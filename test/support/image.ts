// Images made byte by byte: archives with any header, layouts with any document.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { gzipSync, zstdCompressSync } from 'node:zlib';

export type TarMember = {
  readonly name: string;
  /** Type flag of the header; "0", a file, where it is not given. */
  readonly type?: string;
  readonly link?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtime?: number;
  readonly major?: number;
  readonly minor?: number;
  readonly data?: string | Buffer;
  /** In place of the length of the data. */
  readonly size?: number;
  /** Records of a PAX header in front. */
  readonly pax?: Readonly<Record<string, string | Buffer>>;
};

const block = 512;

/** A ustar archive with PAX headers where they are asked for. */
export function tarOf(members: readonly TarMember[]): Buffer {
  return Buffer.concat([...members.flatMap(memberBlocks), Buffer.alloc(2 * block)]);
}

function memberBlocks(member: TarMember): Buffer[] {
  const { pax, data = '', size } = member;
  const bytes = Buffer.from(data);
  const body = [headerOf(member, size ?? bytes.length), bytes, Buffer.alloc(-bytes.length & (block - 1))];
  return pax === undefined ? body : [...memberBlocks({ name: 'pax', type: 'x', data: paxOf(pax) }), ...body];
}

function paxOf(records: Readonly<Record<string, string | Buffer>>): Buffer {
  return Buffer.concat(
    Object.entries(records).map(([key, value]) => {
      const rest = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from('\n')]);
      let length = rest.length;
      while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
      return Buffer.concat([Buffer.from(String(length)), rest]);
    }),
  );
}

function headerOf(member: TarMember, size: number): Buffer {
  const {
    name,
    type = '0',
    link = '',
    mode = 0o644,
    uid = 0,
    gid = 0,
    mtime = 0,
    major = 0,
    minor = 0,
  } = member;
  const header = Buffer.alloc(block);
  const octal = (value: number, at: number, length: number) =>
    header.write(value.toString(8).padStart(length - 1, '0'), at, 'latin1');
  header.write(name, 0, 'latin1');
  octal(mode, 100, 8);
  octal(uid, 108, 8);
  octal(gid, 116, 8);
  octal(size, 124, 12);
  octal(mtime, 136, 12);
  header.write(`        ${type}${link}`, 148, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  octal(major, 329, 8);
  octal(minor, 337, 8);
  octal(
    header.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  );
  return header;
}

export function digestOf(bytes: Buffer | string): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

export type LayerOptions = {
  readonly compression?: 'none' | 'gzip' | 'zstd';
  /** In place of the one of the compression. */
  readonly mediaType?: string;
};

const suffixes = { none: '', gzip: '+gzip', zstd: '+zstd' };

// biome-ignore lint/suspicious/noExplicitAny: tests also write what no type allows
type AnyDocument = any;

export type LayoutChange = {
  readonly config?: (config: AnyDocument) => void;
  readonly manifest?: (manifest: AnyDocument) => void;
  readonly index?: (index: AnyDocument) => void;
};

/** Writes an image layout with one image of the tag "latest". Documents are changed as given before their digest is taken. */
export function writeLayout(
  path: string,
  layers: readonly (Buffer | (LayerOptions & { readonly archive: Buffer }))[],
  change: LayoutChange = {},
): void {
  mkdirSync(`${path}/blobs/sha256`, { recursive: true });
  const blob = (bytes: Buffer | string, mediaType: string) => {
    const digest = digestOf(bytes);
    writeFileSync(`${path}/blobs/${digest.replace(':', '/')}`, bytes);
    return { mediaType, digest, size: Buffer.byteLength(bytes) };
  };
  const documentBlob = (document: object, mediaType: string) => blob(JSON.stringify(document), mediaType);
  const plain = layers.map((layer) => (Buffer.isBuffer(layer) ? { archive: layer } : layer));
  const config = {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: { Cmd: ['/bin/cat', '/etc/hello'] },
    rootfs: { type: 'layers', diff_ids: plain.map(({ archive }) => digestOf(archive)) },
  };
  change.config?.(config);
  const manifest = {
    schemaVersion: 2,
    config: documentBlob(config, 'application/vnd.oci.image.config.v1+json'),
    layers: plain.map(({ archive, compression = 'none', mediaType }) =>
      blob(
        compress(archive, compression),
        mediaType ?? `application/vnd.oci.image.layer.v1.tar${suffixes[compression]}`,
      ),
    ),
  };
  change.manifest?.(manifest);
  const annotations = { 'org.opencontainers.image.ref.name': 'latest' };
  const descriptor = documentBlob(manifest, 'application/vnd.oci.image.manifest.v1+json');
  const index = { schemaVersion: 2, manifests: [{ ...descriptor, annotations }] };
  change.index?.(index);
  writeFileSync(`${path}/index.json`, JSON.stringify(index));
  writeFileSync(`${path}/oci-layout`, '{"imageLayoutVersion":"1.0.0"}');
}

function compress(archive: Buffer, compression: 'none' | 'gzip' | 'zstd'): Buffer {
  if (compression === 'gzip') return gzipSync(archive);
  return compression === 'zstd' ? zstdCompressSync(archive) : archive;
}

/** A layer that takes a while: 200 MiB in the file "zeros". */
export function longLayer(): LayerOptions & { readonly archive: Buffer } {
  return { archive: tarOf([{ name: 'zeros', data: Buffer.alloc(200 << 20) }]), compression: 'gzip' };
}

/** A root file system with busybox, as one layer. */
export function busyboxLayer(): Buffer {
  const directories = ['bin', 'etc', 'tmp'].map((name) => ({ name: `${name}/`, type: '5', mode: 0o755 }));
  const applets = ['sh', 'cat', 'ls', 'id', 'stat'].map((name) => ({
    name: `bin/${name}`,
    type: '2',
    link: 'busybox',
  }));
  return tarOf([
    ...directories,
    { name: 'bin/busybox', mode: 0o755, data: readFileSync('/bin/busybox') },
    ...applets,
    { name: 'etc/hello', data: 'hello\n' },
    { name: 'etc/passwd', data: 'root:x:0:0::/root:/bin/sh\nweb:x:1000:1001::/:/bin/sh\n' },
    { name: 'etc/group', data: 'root:x:0:\nweb:x:1001:\nstaff:x:50:web,other\n' },
  ]);
}

/** A place below a folder for an image and a bundle. */
export function makePlace(below: string) {
  const folder = mkdtempSync(`${below}/image-`);
  return {
    folder,
    layout: `${folder}/layout`,
    bundle: `${folder}/bundle`,
    rootfs: `${folder}/bundle/rootfs`,
  };
}

/** Everything below a folder: a line a file, with all that stat(2) tells of it but its number. */
export function listing(folder: string): string {
  return execFileSync('find', [folder, '-mindepth', '1', '-printf', '%p %y %m %U %G %s %n %T@ %l\n'], {
    encoding: 'utf8',
  });
}
