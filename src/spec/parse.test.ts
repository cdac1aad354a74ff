import { describe, expect, test } from 'vitest';
import { parseConfig } from './parse.ts';

const minimal = { ociVersion: '1.3.0', root: { path: 'rootfs' } };

function parse(changes: object) {
  return parseConfig(JSON.stringify({ ...minimal, ...changes }));
}

describe('parseConfig', () => {
  test('accepts the least that the specification demands', async () => {
    expect(await parse({})).toEqual({ ok: true, config: minimal, warnings: [] });
  });

  test('reports all problems at once, each with its pointer', async () => {
    const parsed = await parse({
      ociVersion: 'one',
      process: { cwd: 'tmp', user: { uid: -1 }, rlimits: [{ type: 'RLIMIT_CPU', soft: 'x', hard: 1 }] },
      linux: { namespaces: [{ type: 'net' }] },
    });
    expect(parsed.ok ? [] : parsed.problems.map((problem) => problem.pointer)).toEqual([
      '/ociVersion',
      '/process/cwd',
      '/process/rlimits/0/soft',
      '/process/user/uid',
      '/linux/namespaces/0/type',
    ]);
  });

  test.each([
    [{ root: {} }, '/root/path', 'missing: expected a string'],
    [{ hostname: 7 }, '/hostname', 'expected a string, found 7'],
    [{ process: { cwd: '/', terminal: 'yes' } }, '/process/terminal', 'expected true or false, found "yes"'],
    [
      { process: { cwd: '/', args: [] } },
      '/process/args',
      'expected at least the name of a program, found []',
    ],
    [{ process: { cwd: '/', env: ['A'] } }, '/process/env/0', 'expected NAME=value, found "A"'],
    [
      { mounts: [{ destination: '' }] },
      '/mounts/0/destination',
      'expected a string that is not empty, found ""',
    ],
    [
      { linux: { resources: { memory: { swappiness: 101 } } } },
      '/linux/resources/memory/swappiness',
      'expected an integer from 0 to 100, found 101',
    ],
    [{ annotations: { 'a/b': 1 } }, '/annotations/a~1b', 'expected a string, found 1'],
  ])('says what is wrong with %j', async (changes, pointer, message) => {
    const parsed = await parse(changes);
    expect(parsed).toMatchObject({ ok: false, problems: [{ pointer, message }] });
  });

  test.each([
    ['18446744073709551615', true],
    ['18446744073709551616', false],
    ['-1', false],
    ['1.5', false],
  ])('takes %s as an rlimit: %s', async (number, ok) => {
    const text = `{"ociVersion":"1.3.0","root":{"path":"r"},"process":{"cwd":"/","rlimits":[{"type":"RLIMIT_CPU","soft":1,"hard":${number}}]}}`;
    expect((await parseConfig(text)).ok).toBe(ok);
  });

  test('ignores unknown keys with a warning that names the nearest', async () => {
    const parsed = await parse({ hostnam: 'x', process: { cwd: '/', user: { uid: 0, colour: 1 } } });
    expect(parsed.ok).toBe(true);
    expect(parsed.warnings.map(({ pointer, message }) => [pointer, message])).toEqual([
      ['/hostnam', 'unknown property, ignored; did you mean "hostname"?'],
      ['/process/user/colour', 'unknown property, ignored'],
    ]);
  });

  test('takes null as absent, as Go programs write it', async () => {
    expect(await parse({ mounts: null, linux: { devices: null } })).toMatchObject({
      ok: true,
      config: { linux: {} },
    });
  });
});
