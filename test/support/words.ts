// What slipway says, exactly; of a peer, which runs the same tests, only that it says something.

import { expect } from 'vitest';
import { type Result, runtimeName } from './runtime.ts';

const own = runtimeName === 'slipway';

/** Matches an error text that holds these words. */
export function says(words: string | RegExp): unknown {
  if (!own) return expect.stringMatching(/./);
  return typeof words === 'string' ? expect.stringContaining(words) : expect.stringMatching(words);
}

/** Matches stderr of a command that has nothing to complain about; peers may warn. */
export const quiet: unknown = own ? '' : expect.any(String);

/** A command that failed as it should: status 1, no output, one line on stderr with these words. */
export function expectRefusal(result: Result, words: string | RegExp): void {
  expect(result).toEqual({
    status: own ? 1 : expect.any(Number),
    stdout: own ? '' : expect.any(String),
    stderr: says(words),
  });
  expect(result.status).not.toBe(0);
  if (own) expect(result.stderr.trim().split('\n')).toHaveLength(1);
}
