import { describe, expect, test } from 'vitest';
import type { DeviceRule } from '../device-rules.ts';
import { deviceFilter } from './device-filter.ts';

type Request = readonly [type: 'b' | 'c', major: number, minor: number, access: string];

/** Runs a program as the kernel would (the few instructions that it is made of). */
function allows(rules: readonly DeviceRule[], [type, major, minor, access]: Request): boolean {
  const words = deviceFilter({ devices: [...rules] });
  const bits = [...access].reduce((sum, letter) => sum + { m: 1, r: 2, w: 4 }[letter as 'm' | 'r' | 'w'], 0);
  const context = [(bits << 16) | (type === 'b' ? 1 : 2), major, minor];
  const registers = Array.from({ length: 11 }, () => 0);
  for (let at = 0; ; at++) {
    const word = words[2 * at];
    if (word === undefined) throw new Error('the program has no end');
    const immediate = (words[2 * at + 1] ?? 0) | 0;
    const [to, from, offset] = [(word >> 8) & 0xf, (word >> 12) & 0xf, word >> 16];
    const value = registers[to] ?? 0;
    switch (word & 0xff) {
      case 0x61:
        registers[to] = context[offset / 4] ?? 0;
        break;
      case 0xb7:
        registers[to] = immediate;
        break;
      case 0xbf:
        registers[to] = registers[from] ?? 0;
        break;
      case 0x77:
        registers[to] = value >>> immediate;
        break;
      case 0x57:
        registers[to] = value & immediate;
        break;
      case 0x56:
        if (value !== immediate) at += offset;
        break;
      case 0x16:
        if (value === immediate) at += offset;
        break;
      case 0x95:
        return registers[0] === 1;
      default:
        throw new Error(`unknown instruction ${word & 0xff}`);
    }
  }
}

const fuse = { type: 'c', major: 10, minor: 229 } as const;

// @shows /linux/resources/devices/*/{allow,type,major,minor,access}
describe('deviceFilter', () => {
  test.each<[string, DeviceRule[], Request, boolean]>([
    ['denies by default', [], ['c', 10, 229, 'r'], false],
    ['allows the default devices', [], ['c', 1, 3, 'rw'], true],
    ['allows every terminal', [], ['c', 136, 77, 'rw'], true],
    ['allows to make any node', [], ['b', 8, 0, 'm'], true],
    ['but not to open it', [], ['b', 8, 0, 'rm'], false],
    ['allows what a rule allows', [{ allow: true, ...fuse, access: 'rw' }], ['c', 10, 229, 'rw'], true],
    ['but no more', [{ allow: true, ...fuse, access: 'r' }], ['c', 10, 229, 'rw'], false],
    ['not another minor', [{ allow: true, ...fuse, access: 'rw' }], ['c', 10, 230, 'r'], false],
    ['not another type', [{ allow: true, ...fuse, access: 'rw' }], ['b', 10, 229, 'r'], false],
    [
      'takes rules together',
      [
        { allow: true, ...fuse, access: 'r' },
        { allow: true, ...fuse, access: 'w' },
      ],
      ['c', 10, 229, 'rw'],
      true,
    ],
    [
      'lets a later rule deny',
      [
        { allow: true, type: 'a' },
        { allow: false, ...fuse, access: 'w' },
      ],
      ['c', 10, 229, 'rw'],
      false,
    ],
    [
      'only what it names',
      [
        { allow: true, type: 'a' },
        { allow: false, ...fuse, access: 'w' },
      ],
      ['c', 10, 229, 'r'],
      true,
    ],
    [
      'lets a later rule allow',
      [
        { allow: false, ...fuse },
        { allow: true, type: 'c', major: 10 },
      ],
      ['c', 10, 229, 'rw'],
      true,
    ],
    [
      'takes -1 for every number',
      [{ allow: true, type: 'b', major: -1, minor: -1 }],
      ['b', 8, 1, 'rw'],
      true,
    ],
    [
      'allows all for a privileged container',
      [{ allow: false }, { allow: true, type: 'a', access: 'rwm' }],
      ['b', 8, 1, 'rwm'],
      true,
    ],
  ])('%s', (_, rules, request, allowed) => {
    expect(allows(rules, request)).toBe(allowed);
  });
});
