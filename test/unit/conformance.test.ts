// The table of test/CONFORMANCE.md: tests have tags of every property of the schemas, and the table is up to date.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { conformancePath, withConformance } from '../../scripts/conformance.ts';
import { alternatives, tags } from '../support/conformance.ts';
import { properties } from '../support/properties.ts';

const all = tags();
const ofProperties = all.filter(({ rule }) => rule === null);
const read = (file: string) => readFileSync(file, 'utf8');

test('a test shows every property of the schemas, and tags name no other', () => {
  const expected = properties()
    .map(({ name }) => name)
    .filter((name) => !name.endsWith('/*'));
  const shown = ofProperties
    .filter(({ kind }) => kind === 'shows')
    .flatMap(({ subject }) => alternatives(subject));
  expect([...new Set(shown)].toSorted()).toEqual(expected.toSorted());
  const refused = ofProperties
    .filter(({ kind }) => kind === 'refuses')
    .flatMap(({ subject }) => alternatives(subject));
  expect(refused.filter((name) => !expected.includes(name))).toEqual([]);
});

test('rules are of sections', () => {
  const rules = all.filter(({ rule }) => rule !== null);
  expect(rules.length).toBeGreaterThan(0);
  for (const { subject } of rules) expect(subject).toMatch(/^[a-z-]+\.md(#[a-z-]+)?$/);
});

test('a file that shows a property is about it', () => {
  const silent = ofProperties.flatMap(({ subject, file }) => {
    const text = read(file).replaceAll(/^ *\/\/ @.*$/gm, '');
    return alternatives(subject).some((name) => new RegExp(`\\b${name.replace(/^.*\//, '')}\\b`).test(text))
      ? []
      : [`${subject} in ${file}`];
  });
  expect(silent).toEqual([]);
});

test('the document has the table as it is: npm run conformance writes it', () => {
  const document = read(conformancePath);
  expect(document).toBe(withConformance(document));
});
