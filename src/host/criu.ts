// criu(8), which checkpoints and restores processes.

import { errnoText } from '../error/errno.ts';
import { RuntimeError } from '../error/error.ts';
import { loadExeca } from './execa.ts';
import { readTextIfThere } from './files.ts';

/** Throws NOT_SUPPORTED when there is no CRIU, or it cannot work with this kernel. */
export async function demandCriu(): Promise<void> {
  const { code, exitCode, stderr } = await run(['check'], null);
  if (exitCode === 0) return;
  const missing = code === 'ENOENT' ? 'executable file not found in $PATH: install it (package criu)' : '';
  const why = missing === '' ? errorsIn(stderr) : missing;
  throw new RuntimeError('NOT_SUPPORTED', `checkpoint and restore need CRIU: criu: ${why}`, {
    ref: 'criu(8)',
  });
}

/** Runs CRIU to its end. `log`: path of its log. Throws SYSTEM with what it says. */
export async function runCriu(args: readonly string[], log: string, statusFd: number | null): Promise<void> {
  const { code, exitCode, stderr } = await run(args, statusFd);
  if (exitCode === 0) return;
  if (exitCode === undefined) throw new RuntimeError('SYSTEM', `criu: ${errnoText(code)}`);
  throw criuFailure(args[0] ?? '', log, stderr);
}

/** The error of a CRIU that failed, with the first that it logged. */
export function criuFailure(command: string, log: string, stderr = ''): RuntimeError {
  const why = errorsIn(readTextIfThere(log) ?? stderr);
  return new RuntimeError('SYSTEM', `criu ${command} failed: ${why}; log file: ${log}`, { ref: log });
}

function errorsIn(text: string): string {
  // A helper that failed says why before CRIU says that it did.
  const errors = [...text.matchAll(/Error \([^)]*\): (.*)/g)].map(([, why = '']) => why.trim());
  return errors.find((why) => !why.startsWith('exited,')) ?? text.trim().split('\n').at(-1) ?? '';
}

async function run(args: readonly string[], statusFd: number | null) {
  const execa = await loadExeca();
  // The fd has the same number there.
  const more = Array.from({ length: Math.max(0, (statusFd ?? 2) - 2) }, (_, index) =>
    index + 3 === statusFd ? ('inherit' as const) : ('ignore' as const),
  );
  const { code, exitCode, stderr } = await execa('criu', args, {
    stdio: ['ignore', 'ignore', 'pipe', ...more],
    reject: false,
  });
  return { code, exitCode, stderr: String(stderr ?? '') };
}
