// criu(8), which checkpoints and restores processes.

import { release } from 'node:os';
import { RuntimeError } from '../error/error.ts';
import { requestTypes } from '../plan/criu/dump.ts';
import { type CriuOption, encodeOptions } from '../plan/criu/encode.ts';
import { type DumpOptions, logName } from '../plan/criu/options.ts';
import { loadExeca } from './execa.ts';
import { readTextIfThere } from './files.ts';
import { shipped } from './launch.ts';

/** Throws NOT_SUPPORTED when there is no CRIU, or it cannot work with this kernel. */
export async function demandCriu(): Promise<void> {
  const execa = await loadExeca();
  const { code, exitCode, stderr } = await execa('criu', ['check'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    reject: false,
  });
  if (exitCode === 0) return;
  const why =
    code === 'ENOENT'
      ? 'executable file not found in $PATH: install it (package criu)'
      : `"criu check" ended with status ${exitCode} ${await versions()}: ${errorsIn(stderr)}`;
  throw new RuntimeError('NOT_SUPPORTED', `checkpoint and restore need CRIU: criu: ${why}`, {
    ref: 'criu(8)',
  });
}

/** A CRIU that is older than the kernel may fail without a word. */
async function versions(): Promise<string> {
  const execa = await loadExeca();
  const { stdout } = await execa('criu', ['--version'], { reject: false, stdin: 'ignore' });
  const [version = 'unknown'] = /[\d.]+/.exec(stdout) ?? [];
  return `(CRIU ${version} on Linux ${release()}: a newer CRIU may be needed)`;
}

/** Has CRIU write what it is asked for into the directory of images. Throws SYSTEM with what it says. */
export async function runDump(
  options: readonly CriuOption[],
  { images, work, preDump, statusFd }: DumpOptions,
): Promise<void> {
  const type = requestTypes[preDump ? 'preDump' : 'dump'];
  const execa = await loadExeca();
  // The fd has the same number there.
  const more = Array.from({ length: Math.max(0, (statusFd ?? 2) - 2) }, (_, index) =>
    index + 3 === statusFd ? ('inherit' as const) : ('ignore' as const),
  );
  const { exitCode, stderr } = await execa(shipped('slipway-init'), ['criu', String(type), images, work], {
    input: encodeOptions(options),
    stdio: ['pipe', 'ignore', 'pipe', ...more],
    reject: false,
  });
  if (exitCode !== 0) throw criuFailure('dump', `${work}/${logName('dump')}`, String(stderr ?? ''));
}

/** The error of a CRIU that failed, with the first that it logged. */
export function criuFailure(command: string, log: string, said: string): RuntimeError {
  const why = errorsIn(readTextIfThere(log) ?? said);
  return new RuntimeError('SYSTEM', `criu ${command} failed: ${why}; log file: ${log}`, { ref: log });
}

function errorsIn(text: string): string {
  // A helper that failed says why before CRIU says that it did.
  const errors = [...text.matchAll(/Error \([^)]*\): (.*)/g)].map(([, why = '']) => why.trim());
  return errors.find((why) => !harmless.test(why)) ?? text.trim().split('\n').at(-1) ?? '';
}

/** What CRIU calls an error and goes on, or says of an error that it has named. */
const harmless = /^exited,|RLIMIT_NOFILE|FAILED\.?$/;
