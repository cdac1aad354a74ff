import { describe, expect, test } from 'vitest';
import { annotatedProperties } from './annotations.ts';
import { limitProperties } from './properties.ts';
import { planScope, scopeOf, scopeProblems } from './scope.ts';
import { parseVariant } from './variant.ts';

describe('scopeOf', () => {
  test.each([
    [undefined, 'slipway-id.scope', '/system.slice'],
    ['', 'slipway-id.scope', '/system.slice'],
    ['system.slice:docker:abc', 'docker-abc.scope', '/system.slice'],
    [':libpod:abc', 'libpod-abc.scope', '/system.slice'],
    ['-.slice:a:b', 'a-b.scope', ''],
    ['a-b-c.slice:x:y', 'x-y.scope', '/a.slice/a-b.slice/a-b-c.slice'],
  ])('%j is %s in %s', (path, unit, directory) => {
    expect(scopeOf('id', 'system.slice', path)).toMatchObject({ unit, path: `${directory}/${unit}` });
  });

  test.each([
    '/a/b',
    'a:b',
    'a:b:c',
    'a.slice:b:',
    'a.slice:b:c.slice',
    'a--b.slice:x:y',
    '-a.slice:x:y',
    '/a.slice:x:y',
  ])('%s is none', (path) => {
    expect(scopeOf('id', 'system.slice', path)).toBeNull();
  });
});

test('an id that would be a slice names no scope', () => {
  expect(scopeOf('a.slice', 'system.slice')).toBeNull();
  expect(scopeProblems(null, {})).toEqual([expect.objectContaining({ pointer: '/linux/cgroupsPath' })]);
});

test('the default slice is that of the manager', () => {
  expect(scopeOf('id', 'user.slice')?.path).toBe('/user.slice/slipway-id.scope');
});

describe('parseVariant', () => {
  test.each([
    ['true', 'b', ['true']],
    ["'a \\'b\\' \\u0041'", 's', ["a 'b' A"]],
    ['"x"', 's', ['x']],
    ['-5', 'i', ['-5']],
    ['0x1f', 'i', ['31']],
    ['1.5', 'd', ['1.5']],
    ['uint64 18446744073709551615', 't', ['18446744073709551615']],
    ['@t 7', 't', ['7']],
    ['byte 255', 'y', ['255']],
    ['double 2', 'd', ['2']],
    ["objectpath '/a'", 'o', ['/a']],
    ["['a', 'b']", 'as', ['2', 'a', 'b']],
    ['@as []', 'as', ['0']],
    ['[uint32 1, 2]', 'au', ['2', '1', '2']],
    ["[('a', true)]", 'a(sb)', ['1', 'a', 'true']],
  ])('%s', (text, signature, values) => {
    expect(parseVariant(text)).toEqual({ signature, values });
  });

  test.each([
    '',
    'twelve',
    "'open",
    '[]',
    '[1',
    '[1 2]',
    "[1, 'a']",
    'byte 256',
    '4294967296',
    'uint64 -1',
    '1 2',
    '{}',
    '@s 5',
  ])('%j is none', (text) => {
    expect(parseVariant(text)).toBeNull();
  });
});

describe('limitProperties', () => {
  const property = (file: string, value: string) =>
    limitProperties([{ controller: '', file, value, from: '' }]);

  test.each([
    ['memory.max', 'max', [['MemoryMax', 't', '18446744073709551615']]],
    ['memory.low', '4096', [['MemoryLow', 't', '4096']]],
    [
      'cpu.max',
      '12345 50000',
      [
        ['CPUQuotaPerSecUSec', 't', '250000'],
        ['CPUQuotaPeriodUSec', 't', '50000'],
      ],
    ],
    [
      'cpu.max',
      'max 100000',
      [
        ['CPUQuotaPerSecUSec', 't', '18446744073709551615'],
        ['CPUQuotaPeriodUSec', 't', '100000'],
      ],
    ],
    ['cpuset.cpus', '0-2,9', [['AllowedCPUs', 'ay', '2', '7', '2']]],
    ['cpuset.mems', '8', [['AllowedMemoryNodes', 'ay', '2', '0', '1']]],
    ['cpu.idle', '1', [['CPUWeight', 't', '0']]],
    ['cpu.idle', '0', []],
    ['cpu.max.burst', '5', []],
  ])('%s %s', (file, value, expected) => {
    const flat = property(file, value).map(({ name, signature, values }) => [name, signature, ...values]);
    expect(flat).toEqual(expected);
  });

  test('takes the file that systemd knows of two', () => {
    const otherwise = { file: 'io.weight', value: '200' };
    expect(
      limitProperties([{ controller: 'io', file: 'io.bfq.weight', value: '20', from: '', otherwise }]),
    ).toEqual([{ name: 'IOWeight', signature: 't', values: ['200'] }]);
  });
});

describe('annotatedProperties', () => {
  test('takes seconds as microseconds', () => {
    const annotations = { 'org.systemd.property.TimeoutStopSec': '1.5', other: 'x' };
    expect(annotatedProperties(annotations)).toEqual({
      properties: [{ name: 'TimeoutStopUSec', signature: 't', values: ['1500000'] }],
      problems: [],
    });
  });

  test('names what is wrong', () => {
    const annotations = { 'org.systemd.property.Ab': "'x'", 'org.systemd.property.RuntimeMaxSec': '-1' };
    expect(
      annotatedProperties(annotations).problems.map(({ pointer, message }) => `${pointer} ${message}`),
    ).toEqual([
      expect.stringMatching(/^\/annotations\/org.systemd.property.Ab .*letters/),
      expect.stringMatching(/^\/annotations\/org.systemd.property.RuntimeMaxSec .*seconds/),
    ]);
  });
});

describe('planScope', () => {
  const scope = { unit: 'a.scope', slice: 'x.slice', path: '/x.slice/a.scope' };
  const where = { manager: '/cg', mountpoint: '/cg' };

  test('an annotation takes the place of a property', () => {
    const { properties } = planScope(
      'id',
      scope,
      {
        annotations: { 'org.systemd.property.CollectMode': "'inactive'" },
      },
      where,
    );
    expect(properties.filter(({ name }) => name === 'CollectMode')).toEqual([
      { name: 'CollectMode', signature: 's', values: ['inactive'] },
    ]);
  });

  test.each([
    [0, '2'],
    [1, '2'],
    [9, '9'],
    [-1, '18446744073709551615'],
  ])('a limit of %i processes leaves room for the outer init: %s', (limit, most) => {
    const { properties } = planScope('id', scope, { linux: { resources: { pids: { limit } } } }, where);
    expect(properties.find(({ name }) => name === 'TasksMax')?.values).toEqual([most]);
  });
});
