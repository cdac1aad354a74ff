// A value of a wrong type, or out of range, for every property of config.json: one line with its pointer, what is expected and
// what was found, and nothing left behind. bad-input.test.ts has values that are wrong beside others, or on this host.

import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { shown } from '../src/spec/diagnostic.ts';
import { formatJson, type Json } from '../src/spec/json.ts';
import { type Property, properties } from './support/properties.ts';
import { runtimeName } from './support/runtime.ts';
import { Sandbox } from './support/sandbox.ts';
import { expectRefusal } from './support/words.ts';

const sandbox = Sandbox.forFile();

const values: readonly Json[] = [
  'text',
  7,
  true,
  [],
  {},
  '',
  'a\0b',
  -1,
  1.5,
  -(2 ** 31) - 1,
  2 ** 32,
  2n ** 64n,
  -(2n ** 63n) - 1n,
];

/** Parts of other platforms, of which nothing is known (test/process.test.ts); and a list that must be empty. */
const ofAnyValue = /^\/(solaris|windows|vm|zos|freebsd)$|^\/linux\/personality\/flags\/\*$/;

/** Values that the property cannot have: two of another type, then those of its own; one that is missing is undefined. */
function badValues({ name, schema, required }: Property): (Json | undefined)[] {
  // A profile that says nothing is none (test/unset-values.test.ts).
  const canBeUnset = name === '/linux/seccomp/defaultAction';
  const bad = values.filter((value) => !schema.safeParse(value).success && !(canBeUnset && value === ''));
  const types = new Set(
    values.filter((value) => schema.safeParse(value).success).map((value) => typeOf(value)),
  );
  const others = bad.filter((value) => !types.has(typeOf(value)) && typeOf(value) !== 'object');
  const own = bad.filter((value) => types.has(typeOf(value)));
  return [...others.slice(0, 2), ...own, ...(required && !canBeUnset ? [undefined] : [])];
}

function typeOf(value: Json): string {
  if (typeof value === 'bigint') return 'number';
  return Array.isArray(value) ? 'array' : typeof value;
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

// @shows runtime.md#errors: nothing is left of what failed
// @shows config.md#extensibility: unknown values and those of a wrong type are errors
describe.runIf(runtimeName === 'slipway')('create refuses what is none of', () => {
  const bundle = sandbox.bundle();

  test.each(
    properties()
      .filter(({ name }) => !ofAnyValue.test(name))
      .map((property) => [property.name, property] as const),
  )('%s', async (_, property) => {
    const bad = badValues(property);
    expect(bad.length).toBeGreaterThan(1);
    for (const value of bad) {
      writeFileSync(`${bundle}/config.json`, formatJson(property.documentWith(value)));
      const said =
        value === undefined ? 'missing: expected .*' : `expected .*, found ${escaped(shown(value))}`;
      expectRefusal(
        await sandbox.run(['create', '-b', bundle, sandbox.id()]),
        new RegExp(`^${escaped(property.pointer)}: ${said} \\(config[\\w-]*\\.md#[\\w-]+\\)\\n$`),
      );
    }
    expect(sandbox.leftovers()).toEqual([]);
  });

  test('anything', async () => {
    expect((await sandbox.run(['list', '-q'])).stdout).toBe('');
  });
});
