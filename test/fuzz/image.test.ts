// Fuzzes the readers of layers and of layouts: archives and documents that were changed at random. FUZZ_SECONDS: for how long each.

import {
  closeSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findImage } from '../../src/container/image.ts';
import { RuntimeError } from '../../src/error/error.ts';
import { LayerReader } from '../../src/image/layer.ts';
import type { WireStep } from '../../src/init/protocol.ts';
import { type TarMember, tarOf, writeLayout } from '../support/image.ts';
import { Random, seed } from '../support/random-config.ts';

const seconds = Number(process.env.FUZZ_SECONDS ?? 60);
const deadline = { timeout: (seconds + 60) * 1000 };
const random = new Random(seed);
const block = 512;

/** Each kind of entry and of record. */
const members: readonly TarMember[] = [
  { name: 'd/', type: '5', mode: 0o755 },
  { name: 'd/file', data: 'x'.repeat(700) },
  { name: 'd/hard', type: '1', link: 'd/file' },
  { name: 'd/soft', type: '2', link: '../..' },
  { name: 'd/.wh.file' },
  { name: 'd/.wh..wh..opq' },
  { name: 'fifo', type: '6' },
  { name: 'null', type: '3', major: 1, minor: 3 },
  { name: '././@LongLink', type: 'L', data: `${'n'.repeat(300)}\0` },
  { name: 'short', data: 'y' },
  { name: '././@LongLink', type: 'K', data: `${'l'.repeat(300)}\0` },
  { name: 'link', type: '2', link: 'short' },
  {
    name: 'short',
    data: 'z',
    pax: { path: 'p/a/t/h', mtime: '-1.5', uid: '70000', 'SCHILY.xattr.user.x': 'y' },
  },
  { name: 'old', data: 'ab', pax: { 'GNU.sparse.size': '1000', 'GNU.sparse.map': '10,1,999,1' } },
  {
    name: 'new',
    data: `2\n0\n1\n99\n1\n`.padEnd(block, '\0').concat('ab'),
    pax: {
      'GNU.sparse.major': '1',
      'GNU.sparse.minor': '0',
      'GNU.sparse.realsize': '100',
      'GNU.sparse.name': 'sparse',
    },
  },
];

const limits = { size: 1 << 30, entries: 1000, depth: 16, ratio: 2000 };
const rights = { uid: (id: number) => id, gid: (id: number) => id, devices: true };

type Read = { readonly steps: readonly WireStep[]; readonly error: string | null };

/** What is read of an archive that comes in chunks of up to `most` bytes. */
function read(archive: Buffer, most: number): Read {
  const reader = new LayerReader(limits, { size: 0, entries: 0 }, rights, () => undefined);
  const steps: WireStep[] = [];
  try {
    for (let at = 0; at < archive.length; ) {
      const end = at + 1 + random.below(most);
      for (const step of reader.steps(archive.subarray(at, end))) steps.push(structuredClone(step));
      at = end;
    }
    reader.finish();
    return { steps, error: null };
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    return { steps, error: error.message };
  }
}

/** A few bytes of an archive changed, members left out, twice or cut short; the checksums of its headers are right again, mostly. */
function changed(): Buffer {
  const some = Array.from({ length: 1 + random.below(4) }, () => random.pick(members));
  const archive = Buffer.from(tarOf(some));
  for (let count = random.below(6); count > 0; count -= 1) {
    const at = random.below(archive.length);
    const digits = random.chance(0.7);
    archive[at] = digits ? 48 + random.below(10) : random.below(256);
  }
  if (random.chance(0.9))
    for (let at = 0; at + block <= archive.length; at += block) mendHeader(archive.subarray(at, at + block));
  return random.chance(0.1) ? archive.subarray(0, random.below(archive.length)) : archive;
}

function mendHeader(header: Buffer): void {
  if (header.toString('latin1', 257, 262) !== 'ustar') return;
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
}

/** A path that slipway-init gets: names from the root directory on. */
function isPath(path: Uint8Array): boolean {
  const names = Buffer.from(path).toString('latin1').split('/');
  return path.length === 0 || names.every((name) => !['', '.', '..'].includes(name));
}

/** Bytes of a file are inside of it, in order. */
function demandSteps(steps: readonly WireStep[]): void {
  let size = 0n;
  let written = 0n;
  for (const step of steps) {
    if ('path' in step) expect(isPath(step.path as Uint8Array)).toBe(true);
    if (step.op === 'hardLink') expect(isPath(step.target as Uint8Array)).toBe(true);
    if (step.op === 'entry') {
      size = step.size;
      written = 0n;
    }
    if (step.op === 'data') {
      expect(step.offset).toBeGreaterThanOrEqual(written);
      written = step.offset + BigInt(step.bytes.length);
      expect(written).toBeLessThanOrEqual(size);
    }
  }
}

/** Steps with the pieces of data that follow each other put together. */
function joined(steps: readonly WireStep[]): readonly unknown[] {
  const all: unknown[] = [];
  let last: { offset: bigint; bytes: Buffer } | null = null;
  for (const step of steps) {
    if (step.op !== 'data') {
      last = null;
      all.push(step);
    } else if (last !== null && last.offset + BigInt(last.bytes.length) === step.offset)
      last.bytes = Buffer.concat([last.bytes, step.bytes]);
    else {
      last = { offset: step.offset, bytes: Buffer.from(step.bytes) };
      all.push(last);
    }
  }
  return all;
}

test('the reader of layers', deadline, () => {
  const end = Date.now() + seconds * 1000;
  let count = 0;
  let whole = 0;
  for (; Date.now() < end; count += 1) {
    const archive = changed();
    try {
      const once = read(archive, archive.length);
      demandSteps(once.steps);
      const again = read(archive, 700);
      expect(again.error).toBe(once.error);
      if (once.error === null) expect(joined(again.steps)).toEqual(joined(once.steps));
      whole += once.error === null ? 1 : 0;
    } catch (cause) {
      throw new Error(`SEED=${seed}, archive ${count}: ${archive.toString('base64')}`, { cause });
    }
  }
  console.log(`layers: ${count} archives, ${whole} of them whole`);
  expect(whole).toBeGreaterThan(0);
});

let folder = '';

beforeAll(() => {
  folder = mkdtempSync('/tmp/slipway-fuzz-');
});
afterAll(() => rmSync(folder, { recursive: true }));

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const texts = [
  '',
  'x',
  '..',
  '/etc/passwd',
  '../../../../etc/passwd',
  'a\0b',
  'sha256:',
  `sha256:${'0'.repeat(64)}`,
  `sha512:${'0'.repeat(128)}`,
  'sha256:../../../etc/passwd',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.layer.v1.tar+gzip',
  'application/vnd.oci.image.layer.v1.tar+encrypted',
];
const values: readonly Json[] = [
  ...texts,
  null,
  true,
  -1,
  0,
  1.5,
  2 ** 53,
  1e300,
  {},
  [],
  [null],
  { '': null },
];

/** A document with one value taken out, doubled or in the place of another. */
function changedDocument(document: Json): Json {
  if (random.chance(0.2) || typeof document !== 'object' || document === null) return random.pick(values);
  if (Array.isArray(document)) {
    if (document.length === 0 || random.chance(0.2)) return [...document, random.pick(values)];
    if (random.chance(0.2)) return [...document, ...document];
    const at = random.below(document.length);
    return document.map((value, index) => (index === at ? changedDocument(value) : value));
  }
  const keys = Object.keys(document);
  if (keys.length === 0) return random.pick(values);
  const key = random.pick(keys);
  const { [key]: value = null, ...others } = document as { readonly [key: string]: Json };
  return random.chance(0.2) ? others : { ...others, [key]: changedDocument(value) };
}

/** Files of an image stay open until slipway ends. */
function closeFilesBelow(path: string): void {
  for (const fd of readdirSync('/proc/self/fd'))
    try {
      if (readlinkSync(`/proc/self/fd/${fd}`).startsWith(`${path}/`)) closeSync(Number(fd));
    } catch {
      // That of the directory of fds itself, which is closed by now.
    }
}

test('the reader of layouts', deadline, async () => {
  const end = Date.now() + seconds * 1000;
  let count = 0;
  let whole = 0;
  for (; Date.now() < end; count += 1) {
    const path = `${folder}/${count}`;
    const change = random.pick(['config', 'manifest', 'index'] as const);
    writeLayout(path, [tarOf([])], {
      [change]: (document: Record<string, unknown>) => {
        const made = changedDocument(document as Json);
        for (const key of Object.keys(document)) delete document[key];
        Object.assign(document, made);
      },
    });
    const manifest = [{ Config: 'index.json', RepoTags: ['a:b'], Layers: ['oci-layout'] }];
    writeFileSync(`${path}/manifest.json`, JSON.stringify(changedDocument(manifest)));
    if (random.chance(0.2)) {
      const name = `${path}/${random.pick(['index.json', 'oci-layout', 'manifest.json'])}`;
      const bytes = readFileSync(name);
      writeFileSync(name, bytes.subarray(0, random.below(bytes.length)));
    }
    for (const transport of ['oci', 'docker-archive'] as const)
      try {
        const { layers } = await findImage({ transport, path, reference: null }, null);
        for (const layer of layers)
          for await (const _ of layer.archive(
            () => undefined,
            () => undefined,
          ));
        whole += 1;
      } catch (cause) {
        if (!(cause instanceof RuntimeError)) throw new Error(`SEED=${seed}, layout ${count}`, { cause });
        expect(cause.message).not.toContain('\n');
        expect(cause.message).not.toContain('root:');
      }
    closeFilesBelow(path);
    rmSync(path, { recursive: true });
  }
  console.log(`layouts: ${count} layouts, ${whole} of them whole`);
  expect(whole).toBeGreaterThan(0);
});
