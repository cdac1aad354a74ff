import { describe, expect, test } from 'vitest';
import { type TarMember, tarOf } from '../../test/support/image.ts';
import { demandRatio, LayerReader, type Limits, type Rights } from './layer.ts';

const limits: Limits = { size: 1000, entries: 5, depth: 4, ratio: 10 };
const root: Rights = { uid: (id) => id, gid: (id) => id, devices: true };

/** The steps of an archive, in words, and the warnings. */
function read(members: readonly TarMember[], rights = root) {
  const warnings: string[] = [];
  const reader = new LayerReader(limits, { size: 0, entries: 0 }, rights, (text) => warnings.push(text));
  const steps = [...reader.steps(tarOf(members))].map((step) => {
    const path = 'path' in step ? ` ${Buffer.from(step.path as Uint8Array)}` : '';
    return `${step.op}${path}`;
  });
  reader.finish();
  return { steps, warnings };
}

describe('the reader of layers', () => {
  test('a file is an entry, its data and its end', () => {
    expect(read([{ name: './a//b', data: 'x' }]).steps).toEqual(['entry a/b', 'data', 'endFile']);
  });

  test.each([
    ['/a', 'a'],
    ['../a', 'a'],
    ['a/../../b', 'b'],
    ['a/./b/', 'a/b'],
    ['./', ''],
  ])('%s is %j below the root', (name, path) => {
    expect(read([{ name, type: '5' }]).steps).toEqual([`entry ${path}`]);
  });

  test('whiteouts, with what AUFS keeps left out', () => {
    const names = ['a/.wh.b', 'c/.wh..wh..opq', '.wh..wh.plnk'];
    expect(read(names.map((name) => ({ name, data: 'not read' }))).steps).toEqual([
      'whiteout a/b',
      'whiteout c',
    ]);
  });

  test.each<[string, TarMember, string]>([
    ['a file as the root', { name: '.' }, '"." would take the place of the root directory'],
    [
      'a hard link to the root',
      { name: 'a', type: '1', link: '/' },
      '"a" is a hard link to the root directory',
    ],
    ['a link to nothing', { name: 'a', type: '2' }, '"a" is a symbolic link to nothing'],
    ['a whiteout of ..', { name: '.wh...' }, '".wh..." is a whiteout of no name'],
    [
      'a deep path',
      { name: 'a/b/c/d/e' },
      'the image holds a path of more than 4 names; --max-depth changes this limit',
    ],
    ['a large file', { name: 'a', data: 'x'.repeat(1001) }, 'more than 1000 bytes; --max-size'],
  ])('%s is refused', (_, member, words) => {
    expect(() => read([member])).toThrow(words);
  });

  test('more entries than may be are refused', () => {
    expect(() => read(Array.from({ length: 6 }, (_, index) => ({ name: `f${index}` })))).toThrow(
      '--max-entries',
    );
  });

  test('a device that may not be made is an empty file, with a warning', () => {
    const { steps, warnings } = read([{ name: 'null', type: '3' }], { ...root, devices: false });
    expect(steps).toEqual(['entry null', 'endFile']);
    expect(warnings).toEqual(['without root no devices can be made: "null" is an empty file']);
  });

  test('extended attributes that the kernel or an overlay trusts are left out, with a warning', () => {
    const attribute = (name: string) => read([{ name: 'a', pax: { [`SCHILY.xattr.${name}`]: 'x' } }]);
    for (const name of ['user.x', 'security.capability', 'system.posix_acl_access'])
      expect(attribute(name).steps[0]).toBe('attribute');
    for (const name of ['trusted.overlay.opaque', 'security.selinux'])
      expect(attribute(name)).toEqual({
        steps: ['entry a', 'endFile'],
        warnings: [`extended attributes "${name}" of the image are left out`],
      });
  });

  test('an archive that is much longer than its layer is refused, if it is long', () => {
    expect(() => demandRatio(1 << 20, 1, limits)).not.toThrow();
    expect(() => demandRatio((64 << 20) + 11, 1, limits)).toThrow('--max-ratio');
  });
});
