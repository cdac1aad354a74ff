// A program of the host that is run for what it says.

import { errnoText } from '../error/errno.ts';
import { joinLines } from '../error/one-line.ts';
import { loadExeca } from './execa.ts';

export type Outcome = {
  /** What went wrong, on one line: why it could not run, or what it said. Null when it ended with status 0. */
  readonly failure: string | null;
  /** The errno of a program that could not be run. */
  readonly code: string | undefined;
  readonly output: string;
};

/** Runs a program, found in PATH, to its end. It has nothing to read. */
export async function runProgram(name: string, args: readonly string[]): Promise<Outcome> {
  const execa = await loadExeca();
  const { code, exitCode, stdout, stderr } = await execa(name, args, { stdin: 'ignore', reject: false });
  if (exitCode === 0) return { failure: null, code, output: stdout };
  const failure = exitCode === undefined ? errnoText(code) : joinLines(stderr);
  return { failure, code, output: '' };
}
