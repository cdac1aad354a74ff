// Every property of config.json, as its schema has them.

import type { z } from 'zod';
import { configSchema } from '../../src/spec/config.ts';
import { pointer } from '../../src/spec/diagnostic.ts';
import type { Json } from '../../src/spec/json.ts';
import { looseExample } from './loose-example.ts';
import type { AnyConfig } from './sandbox.ts';

type Schema = z.core.$ZodType;
type Def = z.core.$ZodTypes['_zod']['def'];

export type Property = {
  /** JSON pointer, with `*` for a member of a list, or of an object whose keys anybody chooses. */
  readonly name: string;
  /** JSON pointer of the property in the documents that `documentWith` makes. */
  readonly pointer: string;
  readonly required: boolean;
  readonly schema: z.ZodType;
  /** A document that is right but for the value of this property; undefined leaves it out. */
  documentWith(value: Json | undefined): Json;
};

/** A key of a document, and what the schema wants there. */
type Step = { readonly key: string | number; readonly shown: string; readonly schema: Schema };

/** Keys of objects whose keys anybody chooses, where not any will do. */
const chosenKeys: Readonly<Record<string, string>> = {
  unified: 'memory.high',
  sysctl: 'net.ipv4.ip_forward',
};

export function properties(): Property[] {
  return below(configSchema, []).map((steps) => {
    const last = steps.at(-1) as Step;
    return {
      name: pointer(steps.map(({ shown }) => shown)),
      pointer: pointer(steps.map(({ key }) => key)),
      required: last.shown !== '*' && last.schema._zod.optin !== 'optional',
      schema: last.schema as z.ZodType,
      documentWith: (value) => documentWith(steps, value),
    };
  });
}

function below(schema: Schema, steps: readonly Step[]): Step[][] {
  const def = defOf(schema);
  const member = (key: string | number, shown: string, of: Schema) => {
    const path = [...steps, { key, shown, schema: of }];
    return [path, ...below(of, path)];
  };
  switch (def.type) {
    case 'array':
      return member(0, '*', def.element);
    case 'record':
      return member(chosenKeys[steps.at(-1)?.shown ?? ''] ?? 'x', '*', def.valueType);
    case 'object':
      return Object.entries(def.shape).flatMap(([key, of]) => member(key, key, of));
    default:
      return [];
  }
}

function defOf(schema: Schema): Def {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  return def.type === 'optional' ? defOf(def.innerType) : def;
}

function documentWith(steps: readonly Step[], value: Json | undefined): Json {
  const document = looseExample();
  let parent = document;
  steps.forEach(({ key, schema }, index) => {
    const isLast = index === steps.length - 1;
    if (!isLast) parent = parent[key] ??= least(schema);
    else if (value === undefined) delete parent[key];
    else parent[key] = value;
  });
  return document;
}

const leaves: readonly Json[] = [0, 1, true, '', 'x', '/x', 'A=x', '2MB', '1.0.0'];

/** The least value that a schema accepts. */
function least(schema: Schema): AnyConfig {
  const def = defOf(schema);
  switch (def.type) {
    case 'array':
      return [];
    case 'record':
      return {};
    case 'object': {
      const required = Object.entries(def.shape).filter(([, member]) => member._zod.optin !== 'optional');
      return Object.fromEntries(required.map(([key, member]) => [key, leastLeaf(member)]));
    }
    default:
      return leastLeaf(schema);
  }
}

function leastLeaf(schema: Schema): AnyConfig {
  const def = defOf(schema);
  if (def.type === 'enum') return Object.values(def.entries)[0];
  if (def.type === 'array') return [leastLeaf(def.element)];
  return leaves.find((value) => (schema as z.ZodType).safeParse(value).success);
}
