import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, describe, expect, test } from 'vitest';
import { tarOf } from '../../../test/support/image.ts';
import type { TarEntry } from './entry.ts';
import { TarReader } from './reader.ts';

const folder = mkdtempSync(`${tmpdir()}/slipway-tar-`);
afterAll(() => rmSync(folder, { recursive: true }));

/** Entries of an archive, with what their files hold; fed so many bytes at a time. */
function read(archive: Buffer, chunk = archive.length): { entry: TarEntry; content: Buffer }[] {
  const reader = new TarReader();
  const found: { entry: TarEntry; content: Buffer }[] = [];
  for (let at = 0; at < archive.length; at += chunk)
    for (const event of reader.feed(archive.subarray(at, at + chunk))) {
      if (event.kind === 'entry') found.push({ entry: event.entry, content: Buffer.alloc(event.entry.size) });
      if (event.kind === 'data') event.bytes.copy(found.at(-1)?.content ?? Buffer.alloc(0), event.offset);
    }
  reader.finish();
  return found;
}

const script = `set -e
mkdir -p tree/${'d'.repeat(90)}/${'e'.repeat(90)}
echo text > tree/${'d'.repeat(90)}/${'e'.repeat(90)}/${'f'.repeat(120)}
ln -s ${'t'.repeat(150)} tree/link
truncate -s 3M tree/sparse
for at in 0 100 200 300 400 500 600 700; do
  printf $at | dd of=tree/sparse bs=1 seek=$((at * 4096)) conv=notrunc status=none
done
printf '\\377' > tree/"$(printf 'b\\377')"
`;

describe('what GNU tar writes', () => {
  execFileSync('sh', ['-c', script], { cwd: folder });
  test.each([
    ['gnu', []],
    ['gnu', ['--sparse']],
    ['posix', []],
    ['posix', ['--sparse', '--sparse-version=0.0']],
    ['posix', ['--sparse', '--sparse-version=0.1']],
    ['posix', ['--sparse', '--sparse-version=1.0']],
  ])('format %s %j', (format, options) => {
    const args = ['-C', folder, `--format=${format}`, ...options, '-cf', '-', 'tree'];
    const archive = execFileSync('tar', args, { maxBuffer: 16 << 20 });
    for (const chunk of [archive.length, 512, 1000, 7]) {
      const found = read(archive, chunk);
      const byName = (end: string) => found.find(({ entry }) => entry.name.toString('latin1').endsWith(end));
      expect(byName('f')?.content.toString()).toBe('text\n');
      expect(byName('link')?.entry.linkName.toString()).toBe('t'.repeat(150));
      expect(byName('b\xff')?.content.equals(Buffer.from([255]))).toBe(true);
      expect(byName('sparse')?.content.equals(readFileSync(`${folder}/tree/sparse`))).toBe(true);
    }
  });
});

test('times below 0', () => {
  const archive = tarOf([{ name: 'f', data: 'x', pax: { mtime: '-1.25' } }]);
  expect(read(archive)[0]?.entry.mtime).toEqual({ seconds: -2n, nanoseconds: 750_000_000 });
});

test('what is cut short, at any byte, is an error', () => {
  const archive = tarOf([{ name: 'f', data: 'x', pax: { path: 'long' } }]);
  const end = archive.length - 1024;
  for (let length = 1; length < end; length++)
    expect(() => read(archive.subarray(0, length))).toThrow(/cut short/);
  expect(read(archive.subarray(0, end))).toHaveLength(1);
});

test('bytes at random are an error, and no exception of another kind', () => {
  const archive = tarOf([
    { name: 'f', data: 'x', pax: { 'GNU.sparse.map': '0,1', 'GNU.sparse.size': '1' } },
    { name: 'g' },
  ]);
  for (let round = 0; round < 3000; round++) {
    const bytes = Buffer.from(archive);
    for (let change = 0; change < 3; change++)
      bytes[Math.floor(Math.random() * bytes.length)] = Math.floor(Math.random() * 256);
    try {
      read(bytes);
    } catch (error) {
      expect(error).toMatchObject({ name: 'RuntimeError' });
    }
  }
});
