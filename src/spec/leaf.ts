// Leaf shapes that the sections of config.json share. Each says what is expected; diagnostic.ts adds what was found.

import { z } from 'zod';

/** Options of a zod schema whose problems read "expected …". */
export function expected(what: string): { readonly error: string } {
  return { error: `expected ${what}` };
}

export function integerIn(low: number, high: number): z.ZodInt {
  const text = expected(`an integer from ${low} to ${high}`);
  return z.int(text).min(low, text).max(high, text);
}

/** 64-bit integers are numbers where that is safe, bigints elsewhere (see json.ts). */
function wideInteger(low: bigint, high: bigint) {
  const text = expected(`an integer from ${low} to ${high}`);
  const small = z.int(text).min(Number(low), text);
  return z.union([small, z.bigint(text).min(low, text).max(high, text)], text);
}

export const uint16 = integerIn(0, 65535);
export const uint32 = integerIn(0, 4294967295);
/** The id of a user or group. The highest number is none: for the kernel it means no change (setresuid(2), chown(2)). */
export const id = integerIn(0, 4294967294);
export const int32 = integerIn(-2147483648, 2147483647);
export const uint64 = wideInteger(0n, 18446744073709551615n);
export const int64 = wideInteger(-9223372036854775808n, 9223372036854775807n);

export const boolean = z.boolean(expected('true or false'));

/** Text without NUL, which no system call can carry. */
export const text = z.string(expected('a string')).regex(/^[^\0]*$/, expected('a string without NUL'));

export const filledText = text.min(1, expected('a string that is not empty'));

export const absolutePath = text.startsWith('/', expected('an absolute path'));

export function oneOf<const T extends readonly [string, ...string[]]>(values: T) {
  return z.enum(values, expected(`one of ${values.join(', ')}`));
}

export function list<T extends z.ZodType>(item: T) {
  return z.array(item, expected('an array'));
}

export function object<T extends z.ZodRawShape>(shape: T) {
  return z.object(shape, expected('an object'));
}

export function record<T extends z.ZodType>(value: T) {
  return z.record(z.string(), value, expected('an object'));
}
