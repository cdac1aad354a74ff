// Fields of a header: blocks, numbers, names.

import { TarError } from './entry.ts';

export const block = 512;
/** Longest PAX header, long name or sparse map, in bytes. */
export const longestRecord = 1 << 20;
export const empty = Buffer.alloc(0);

/** Octal digits; or, with the first bit set, a big-endian number of two's complement (GNU tar). */
export function number(bytes: Buffer, at: number, length: number, what: string): number {
  const field = bytes.subarray(at, at + length);
  const first = field[0] ?? 0;
  if (first < 128) {
    const digits = untilNul(field).toString('latin1').trim();
    if (!/^[0-7]*$/.test(digits)) throw new TarError(`a header of the archive has no number as ${what}`);
    return digits === '' ? 0 : Number.parseInt(digits, 8);
  }
  // The bit behind the first one is the sign.
  let value = BigInt.asIntN(7, BigInt(first));
  for (const byte of field.subarray(1)) value = value * 256n + BigInt(byte);
  const result = Number(value);
  if (!Number.isSafeInteger(result)) throw new TarError(`a header of the archive has a ${what} out of range`);
  return result;
}

export function size(value: number): number {
  if (value < 0) throw new TarError('a header of the archive has a size below 0');
  return value;
}

export function untilNul(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0);
  return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end));
}

export function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}

export function padded(length: number): number {
  return Math.ceil(length / block) * block;
}
