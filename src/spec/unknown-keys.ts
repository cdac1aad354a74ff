// Finds keys that the specification does not know. They are ignored with a warning (config.md#extensibility).

import type { z } from 'zod';
import type { Json } from './json.ts';

export type UnknownKey = { readonly path: readonly PropertyKey[]; readonly known: readonly string[] };

/** Walks a document beside its schema. */
export function unknownKeys(
  schema: z.core.$ZodType,
  value: Json,
  path: readonly PropertyKey[] = [],
): UnknownKey[] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (value === null || typeof value !== 'object') return [];
  switch (def.type) {
    case 'optional':
      return unknownKeys(def.innerType, value, path);
    case 'array':
      return members(value).flatMap(([key, member]) =>
        unknownKeys(def.element, member, [...path, Number(key)]),
      );
    case 'record':
      return members(value).flatMap(([key, member]) => unknownKeys(def.valueType, member, [...path, key]));
    case 'object':
      return members(value).flatMap(([key, member]) => {
        const known = def.shape[key];
        const here = [...path, key];
        return known === undefined
          ? [{ path: here, known: Object.keys(def.shape) }]
          : unknownKeys(known, member, here);
      });
    default:
      return [];
  }
}

function members(value: object): [string, Json][] {
  return Object.entries(value);
}

/** The known name that is nearest to a misspelt one; null when none is near. */
export function nearest(name: string, known: readonly string[]): string | null {
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Letters to insert, take out, replace or exchange with the next one: optimal string alignment. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const exchanged =
        a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (beforeLast[j - 2] ?? 0) + 1 : Infinity;
      next.push(Math.min(same + (row[j - 1] ?? 0), (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, exchanged));
    }
    beforeLast = row;
    row = next;
  }
  return row[b.length] ?? 0;
}
