// Numbers on the command line.

import { RuntimeError } from '../error/error.ts';

const highest = 2 ** 32 - 1;

/** A number from 0 to 2^32-1. Throws USAGE; `what` begins the message. */
export function parseNumber(what: string, text: string): number {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (number <= highest) return number;
  throw wrong(what, 'a number', text);
}

/** An integer of 64 bits, as a bigint where a number is not safe. Throws USAGE. */
export function parseInteger(what: string, text: string): number | bigint {
  if (!/^[+-]?\d{1,20}$/.test(text)) throw wrong(what, 'a number', text);
  return narrow(BigInt(text.replace('+', '')));
}

/** Bytes, such as 1000, 32M, 1.5GiB or -1. Throws USAGE. */
export function parseBytes(what: string, text: string): number | bigint {
  if (text === '-1') return -1;
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?) ?([kmgtp]?)(?:i?b)?$/i.exec(text) ?? [];
  if (number === '') throw wrong(what, 'a number of bytes, such as 32M', text);
  const factor = 1024 ** ('kmgtp'.indexOf(unit.toLowerCase()) + (unit === '' ? 0 : 1));
  return number.includes('.')
    ? narrow(BigInt(Math.floor(Number(number) * factor)))
    : narrow(BigInt(number) * BigInt(factor));
}

function narrow(value: bigint): number | bigint {
  return BigInt(Number.MIN_SAFE_INTEGER) <= value && value <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(value)
    : value;
}

function wrong(what: string, expected: string, found: string): RuntimeError {
  return new RuntimeError('USAGE', `${what}: expected ${expected}, found "${found}"`);
}

const milliseconds: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** A duration above 0 as Go writes it, such as 500ms or 1m30s; a number alone is of seconds. Returns milliseconds. Throws USAGE. */
export function parseDuration(what: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text) * 1000;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)];
  const length = parts.reduce(
    (sum, [, number, unit = '']) => sum + Number(number) * (milliseconds[unit] ?? 0),
    0,
  );
  if (length > 0 && parts.map(([part]) => part).join('') === text) return length;
  throw wrong(what, 'a duration above 0, such as 5s', text);
}
