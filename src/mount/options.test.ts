import { describe, expect, test } from 'vitest';
import { attribute, flag } from './flags.ts';
import { readMountOptions } from './options.ts';

describe('readMountOptions', () => {
  test.each([
    ['ro', attribute.readonly, 0n],
    ['ro rw', 0n, attribute.readonly],
    ['rw ro', attribute.readonly, 0n],
    ['nosuid nodev noexec', attribute.nosuid | attribute.nodev | attribute.noexec, 0n],
    ['noatime', attribute.noatime, 0x70n],
    ['noatime strictatime', attribute.strictatime, 0x70n],
    ['noatime nostrictatime norelatime', attribute.noatime, 0x70n],
    ['noatime atime', 0n, 0x70n],
    ['strictatime nostrictatime', 0n, 0x70n],
    ['nodiratime diratime', 0n, attribute.nodiratime],
  ])('%s sets and clears attributes', (options, set, clear) => {
    const read = readMountOptions(options.split(' '));
    expect([read.set, read.clear & ~read.set]).toEqual([set, clear & ~set]);
  });

  test('an r before an option makes it recursive', () => {
    expect(readMountOptions(['rro', 'rsuid'])).toMatchObject({
      set: 0n,
      recursiveSet: attribute.readonly,
      recursiveClear: attribute.nosuid,
    });
  });

  test('keeps propagation in order', () => {
    expect(readMountOptions(['rslave', 'shared']).propagation).toEqual([0x84000, 0x100000]);
  });

  test('leaves the rest to the file system, with the options of the super block', () => {
    expect(readMountOptions(['defaults', 'mode=755', 'nosuid', 'sync', 'newinstance'])).toMatchObject({
      filesystem: ['mode=755', 'newinstance'],
      superblock: ['sync'],
    });
  });

  test.each([
    ['remount ro nosuid', flag.remount | flag.readonly | flag.nosuid],
    ['iversion noatime sync', flag.iversion | flag.noatime | flag.synchronous],
    ['iversion noiversion silent loud ro rw', 0],
  ])('%s as flags of mount(2)', (options, flags) => {
    expect(readMountOptions(options.split(' ')).flags).toBe(flags);
  });

  test('bind takes nothing from rbind; the last of idmap and ridmap counts', () => {
    expect(readMountOptions(['rbind', 'bind', 'idmap', 'ridmap'])).toMatchObject({
      bind: 'rbind',
      idMap: 'ridmap',
    });
  });

  test.each([
    ['', []],
    ['size=64k,mode=700', ['size=64k', 'mode=700']],
    [',size=64k,,', ['size=64k']],
    ['lowerdir=/a\\,b:/c', ['lowerdir=/a\\,b:/c']],
    ['context="system_u:object_r:c:s0:c1,c2",mode=700', ['context=system_u:object_r:c:s0:c1,c2', 'mode=700']],
  ])('%j is of several options', (option, filesystem) => {
    expect(readMountOptions([option]).filesystem).toEqual(filesystem);
  });
});
