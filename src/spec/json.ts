// JSON without loss: OCI documents hold 64-bit numbers, which a JavaScript number cannot always hold.

import type { ParseError } from 'jsonc-parser';
import { RuntimeError } from '../error/error.ts';

/** What a parsed document is made of: an integer outside the safe range is a bigint. */
export type Json = null | boolean | number | bigint | string | readonly Json[] | JsonObject;

export type JsonObject = { readonly [key: string]: Json };

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An object; what is none counts as an empty one. */
export function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

/** A reviver's third argument and raw values (ECMA-262, JSON.parse source text access), which TypeScript does not declare yet. */
const sourceText = JSON as unknown as {
  parse(
    text: string,
    reviver: (key: string, value: Json, context: { readonly source?: string }) => Json,
  ): Json;
  rawJSON(text: string): unknown;
};

/** Parses a document named `name`. Throws INVALID_CONFIG, with line and column. */
export async function parseJson(text: string, name: string): Promise<Json> {
  try {
    // Only a number of sixteen digits or more can be unsafe: without one there is nothing to revive.
    if (!/\d{16}/.test(text)) return JSON.parse(text) as Json;
    return sourceText.parse(text, (_key, value, { source }) =>
      typeof value === 'number' &&
      !Number.isSafeInteger(value) &&
      source !== undefined &&
      /^-?\d+$/.test(source)
        ? BigInt(source)
        : value,
    );
  } catch (cause) {
    throw new RuntimeError('INVALID_CONFIG', `${name} is not JSON: ${await firstMistake(text)}`, {
      ref: name,
      cause,
    });
  }
}

/** The first mistake in a text, and where it is. The engine's own words have no position (JavaScriptCore). */
async function firstMistake(text: string): Promise<string> {
  const { parse, printParseErrorCode } = await import('jsonc-parser');
  const errors: ParseError[] = [];
  parse(text, errors, { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false });
  const [first] = errors;
  if (first === undefined) return 'a character that JSON does not have';
  const before = text.slice(0, first.offset).split('\n');
  const words = printParseErrorCode(first.error).replaceAll(
    /(?<!^)[A-Z]/g,
    (letter) => ` ${letter.toLowerCase()}`,
  );
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}: ${words.toLowerCase()}`;
}

/** The text of a document; bigints become plain numbers again. */
export function formatJson(value: unknown, indent?: number | string): string {
  return JSON.stringify(
    value,
    (_key, member: unknown) => (typeof member === 'bigint' ? sourceText.rawJSON(String(member)) : member),
    indent,
  );
}
