// Files of src/ are short: what a newcomer reads at one go.

import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const sizes = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((path) => /(?<!\.test)\.(ts|c|h)$/.test(path))
  .map((path) => ({ path, lines: readFileSync(`src/${path}`, 'utf8').split('\n').length - 1 }));

test('no source has more than 250 lines', () => {
  expect(sizes.filter(({ lines }) => lines > 250)).toEqual([]);
});

test('half of the sources have 60 lines at most', () => {
  const sorted = sizes.map(({ lines }) => lines).toSorted((one, other) => one - other);
  expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThanOrEqual(60);
});
