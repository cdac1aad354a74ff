import { describe, expect, test } from 'vitest';
import { formatPlatform, isSamePlatform, parsePlatform, platformOf } from './platform.ts';

describe('platforms', () => {
  test.each(['linux/amd64', 'linux/arm/v7', 'windows/386'])('%s is read and written', (text) => {
    expect(formatPlatform(parsePlatform(text))).toBe(text);
  });

  test.each(['', 'linux', 'linux/', '/amd64', 'linux/arm/v7/x', 'Linux/amd64', 'linux amd64'])(
    '%j is none',
    (text) => {
      expect(() => parsePlatform(text)).toThrow(`--platform: "${text}" is no platform such as linux/amd64`);
    },
  );

  test.each([
    ['x64', 'linux/amd64'],
    ['ia32', 'linux/386'],
    ['ppc64', 'linux/ppc64le'],
    ['arm64', 'linux/arm64'],
    ['riscv64', 'linux/riscv64'],
  ])('a machine that Node calls %s is %s', (arch, text) => {
    expect(formatPlatform(platformOf(arch))).toBe(text);
  });

  test.each([
    ['linux/arm64', 'linux/arm64/v8', true],
    ['linux/arm', 'linux/arm/v7', true],
    ['linux/arm/v6', 'linux/arm/v7', false],
    ['linux/amd64/v3', 'linux/amd64', false],
    ['linux/amd64', 'windows/amd64', false],
    ['linux/amd64', 'linux/386', false],
  ])('%s and %s: %s', (one, other, same) => {
    expect(isSamePlatform(parsePlatform(one), parsePlatform(other))).toBe(same);
  });
});
