// Measures how long a program runs, and what it takes.

import { readFileSync } from 'node:fs';
import { execa, execaSync } from 'execa';

/** One run: wall clock in milliseconds, greatest resident set in KiB. */
export type Sample = { readonly time: number; readonly memory: number };

type SampleOptions = {
  readonly pause?: number;
  readonly deadline: number;
  readonly env?: Readonly<Record<string, string>>;
};

export class Meter {
  readonly #program: string;
  readonly #result: string;

  /** Compiles scripts/measure.c into a folder. */
  constructor(folder: string) {
    this.#program = `${folder}/measure`;
    this.#result = `${folder}/result`;
    const flags = ['-std=c11', '-D_GNU_SOURCE', '-O1', '-static'];
    execaSync(process.env.CC ?? 'cc', [...flags, 'scripts/measure.c', '-o', this.#program]);
  }

  /** measure writes "microseconds KiB status"; what it measures writes to nowhere. pause, deadline: milliseconds. */
  async sample(
    command: readonly string[],
    { pause = 0, deadline, env = {} }: SampleOptions,
  ): Promise<Sample> {
    await execa(this.#program, [this.#result, String(pause), ...command], {
      stdin: 'ignore',
      stdout: 'ignore',
      stderr: 'inherit',
      timeout: deadline,
      env,
    });
    const [microseconds = 0, memory = 0, status = 0] = readFileSync(this.#result, 'utf8')
      .split(' ')
      .map(Number);
    if (status !== 0) throw new Error(`${command.join(' ')} ended with status ${status}`);
    return { time: microseconds / 1000, memory };
  }
}

export function medianOf(samples: readonly Sample[]): Sample {
  return {
    time: median(samples.map(({ time }) => time)),
    memory: median(samples.map(({ memory }) => memory)),
  };
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
