// Each system call of the init fails once, with an error that no step expects: then there is no container, and slipway says why.

import { expect, test } from 'vitest';
import { patience } from '../support/patience.ts';
import { Sandbox } from '../support/sandbox.ts';
import type { Point } from './faults.ts';
import { inRounds, type Round } from './round.ts';
import { scenarios } from './scenarios.ts';

const sandbox = Sandbox.forFile();
const timeout = 600_000 * patience;
const EIO = 5;

/** Calls that may fail, by step and number (x86-64), and why. */
const harmless: Readonly<Record<string, string>> = {
  'environment 257': 'open: without a user database HOME is "/"',
  'environment 262': 'fstat: the same',
  'environment 72': 'fcntl of fdopen(3): the same',
  'environment 8': 'lseek of ftell(3): the same',
  'hook 17': 'pread: what a hook printed is for messages alone here',
  'hook 262': 'fstat of stdio(3): how large a buffer is',
  'start 302': 'prlimit of the C library',
  'start 89': 'readlink of the C library',
  'start 72': 'fcntl: an init whose seals cannot be told is copied once more',
};

const tried = scenarios.filter(({ name }) => name === 'run' || name === 'exec');

test.each(tried)('$name', { timeout }, async (scenario) => {
  const setting = { pid: 0, mapped: 0, consoleSocket: '', folder: sandbox.folder };
  let records: readonly Point[] = [];
  const choose = async (first: Round) => {
    const points = await first.points();
    records = points.filter(({ kind }) => kind === 'init');
    return points.filter(({ kind }) => kind === 'call');
  };
  const wrong = await inRounds([sandbox, scenario, setting], choose, (round, call) =>
    failed(round, call, records),
  );
  expect(wrong).toEqual([]);
});

/** What is wrong after one call failed, as lines. */
async function failed(round: Round, call: Point, records: readonly Point[]): Promise<readonly string[]> {
  const { status, stderr, struck, pids } = await round.strike(call, EIO);
  const wrong = await round.remove(pids);
  // Other processes were quicker this time, and the call did not come.
  if (struck === null) return wrong;
  // It is part of the step that would have been reported next.
  const what = `${records[struck.records]?.op ?? 'start'} ${struck.call}`;
  if (status === 0 && !(what in harmless)) wrong.push('the container runs');
  if (status !== 0 && !/^.+\n$/.test(stderr)) wrong.push(`said ${JSON.stringify(stderr)}`);
  return wrong.map((line) => `${what}: ${line}`);
}
