// What Go clients write for "not set", in every optional property of config.json: null, and the zero of its type (encoding/json).
// It makes no difference to a property that is not there.

import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { formatJson, type Json } from '../src/spec/json.ts';
import { type Property, properties } from './support/properties.ts';
import { type AnyConfig, Sandbox } from './support/sandbox.ts';

const sandbox = Sandbox.forFile();
const bundle = sandbox.bundle();

/** By the type of the property in zod. */
const zeros: Readonly<Record<string, Json>> = {
  string: '',
  enum: '',
  number: 0,
  union: 0,
  boolean: false,
  array: [],
  object: {},
  record: {},
};

/**
 * Where the zero says something, or is wrong, as for runc 1.3: a list that needs a member, objects that need one, no time at all
 * for a hook, and of the weights of a device one that is there.
 */
const meaningful =
  /^\/process\/(args|scheduler|ioPriority)$|^\/linux\/(memoryPolicy|personality|timeOffsets\/\w+)$|\/timeout$|\/weightDevice\/\*\/\w+$/;

/** Without a mount namespace mounts are made on the host. */
const unsafe = /^\/linux(\/namespaces)?$/;

/** Parts of other platforms, of which nothing is known. */
const ofOthers = /^\/(solaris|windows|vm|zos|freebsd)$/;

function unsetValues({ name, schema }: Property): Json[] {
  const { def } = (schema as unknown as z.core.$ZodTypes)._zod;
  const inner = def.type === 'optional' ? (def.innerType as z.core.$ZodTypes)._zod.def : def;
  const zero = zeros[inner.type];
  return zero === undefined || meaningful.test(name) ? [null] : [null, zero];
}

async function outcome(document: Json): Promise<number> {
  const { process, linux } = document as AnyConfig;
  if (process?.cwd !== undefined) Object.assign(process, { terminal: false, args: process.args ?? ['true'] });
  if (process?.args?.[0] === 'sh') process.args = ['true'];
  if (linux?.namespaces !== undefined) linux.cgroupsPath ??= `/${sandbox.name}-unset`;
  writeFileSync(`${bundle}/config.json`, formatJson(document));
  const { status } = await sandbox.run(['run', '--bundle', bundle, sandbox.id()]);
  return status;
}

describe('what is not set makes no difference', () => {
  test.each(
    properties()
      .filter(
        ({ name, required }) =>
          !required && !ofOthers.test(name) && !unsafe.test(name) && !name.endsWith('/*'),
      )
      .map((property) => [property.name, property] as const),
  )('%s', async (_, property) => {
    const absent = await outcome(property.documentWith(undefined));
    // Some documents are wrong without it.
    for (const value of unsetValues(property))
      expect([value, await outcome(property.documentWith(value))]).toEqual([value, absent]);
  });
});
