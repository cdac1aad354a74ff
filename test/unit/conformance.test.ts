// The table of test/CONFORMANCE.md: it has every property of the schemas, names tests that there are, and is up to date.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { conformancePath, withConformance } from '../../scripts/conformance.ts';
import { alternatives, listed, located, propertyRows, ruleRows } from '../support/conformance.ts';
import { properties } from '../support/properties.ts';

const rows = propertyRows.map(([names, shown, impossible]) => ({
  names: alternatives(names),
  evidence: [...listed(shown), ...listed(impossible)],
}));
const evidence = [
  ...rows.flatMap((row) => row.evidence),
  ...ruleRows.flatMap(([, , shown]) => listed(shown)),
];
const read = (file: string) => readFileSync(file, 'utf8');

test('has a row for every property of the schemas, and no other', () => {
  const expected = properties()
    .map(({ name }) => name)
    .filter((name) => !name.endsWith('/*'));
  expect(rows.flatMap(({ names }) => names).toSorted()).toEqual(expected.toSorted());
});

test.each([...new Set(evidence)])('%s is a test', (one) => {
  const { file, title } = located(one);
  const text = read(file);
  expect(["'", '`'].some((quote) => text.includes(`${quote}${title}${quote}`))).toBe(true);
});

test('names tests that are about the property', () => {
  const silent = rows.flatMap(({ names, evidence }) =>
    names.flatMap((name) => {
      const key = name.replace(/^.*\//, '');
      return evidence.some((one) => new RegExp(`\\b${key}\\b`).test(read(located(one).file))) ? [] : [name];
    }),
  );
  expect(silent).toEqual([]);
});

test('the document has it as it is: npm run conformance writes it', () => {
  const document = read(conformancePath);
  expect(document).toBe(withConformance(document));
});
