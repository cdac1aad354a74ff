// Every known way out has a test, and every one that a test names is known.

import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { knownEscapes } from '../support/known-escapes.ts';

const tests = globSync('test/*.test.ts').concat(globSync('test/security/*.test.ts'));
const text = tests.map((file) => readFileSync(file, 'utf8')).join('\n');

test.each(knownEscapes.map(([ids, what]) => [ids[0] ?? '', what, ids] as const))(
  '%s, %s, has a test',
  (first, _, ids) => {
    expect(ids.some((id) => text.includes(first.startsWith('CVE-') ? id : `[${id}]`))).toBe(true);
  },
);

test('names no other', () => {
  const known: readonly string[] = knownEscapes.flatMap(([ids]) => ids);
  const named = [...text.matchAll(/CVE-\d+-\d+/g)].map(([id]) => id);
  expect(named.filter((id) => !known.includes(id))).toEqual([]);
});
