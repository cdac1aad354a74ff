// Numbers on the command line.

import { RuntimeError } from '../error/error.ts';

const highest = 2 ** 32 - 1;

/** A number from 0 to 2^32-1. Throws USAGE; `what` begins the message. */
export function parseNumber(what: string, text: string): number {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (number <= highest) return number;
  throw new RuntimeError('USAGE', `${what}: expected a number, found "${text}"`);
}
