// Runs the runtime under test as its callers do: a program with arguments, files for stdio, and a deadline.

import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { patience } from './patience.ts';

/** What RUNTIME names (slipway by default): the peers run the same tests. */
export const runtimeName = process.env.RUNTIME ?? 'slipway';

/** DIST names the build under test (dist by default). */
export const slipwayPath = fileURLToPath(
  new URL(`../../${process.env.DIST ?? 'dist'}/slipway`, import.meta.url),
);

export const runtimePath = runtimeName === 'slipway' ? slipwayPath : `/usr/bin/${runtimeName}`;

export type Result = {
  /** Exit status, 128+n when a signal ended it. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
};

export type RunOptions = {
  /** Folder for the files that stand for stdio. */
  readonly folder: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** File for stdin; nothing by default. */
  readonly stdin?: string;
  /** Milliseconds after which SIGKILL comes; 10 s by default. */
  readonly deadline?: number;
};

let count = 0;

/**
 * Runs a program to its end. Its stdio are files, never pipes: a container inherits them, and the end of a pipe would be
 * the end of the container.
 */
export async function runProgram(
  path: string,
  args: readonly string[],
  options: RunOptions,
): Promise<Result> {
  count += 1;
  const names = [`${options.folder}/stdout-${count}`, `${options.folder}/stderr-${count}`] as const;
  const fds = [openSync(options.stdin ?? '/dev/null', 'r'), ...names.map((name) => openSync(name, 'w'))];
  const child = spawn(path, [...args], {
    stdio: fds,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...process.env, ...options.env },
    timeout: (options.deadline ?? 10_000) * patience,
    killSignal: 'SIGKILL',
  });
  for (const fd of fds) closeSync(fd);
  const status = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? (signal === 'SIGKILL' ? 137 : 128)));
  });
  return { status, stdout: readFileSync(names[0], 'utf8'), stderr: readFileSync(names[1], 'utf8') };
}
