// Runs a hook in the runtime's namespaces (config.md#posix-platform-hooks).

import { appendFileSync, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { errnoText } from '../error/errno.ts';
import { RuntimeError } from '../error/error.ts';
import type { HookState } from '../hook/hook-state.ts';
import type { HookStep } from '../hook/hook-steps.ts';
import { attempt } from './attempt.ts';
import { loadExeca } from './execa.ts';

/** Where a hook runs, and which directory can hold what it prints, without a name. */
export type HookPlace = {
  readonly cwd: string;
  readonly scratch: string;
  /** Files that what it prints is added to; empty for none. */
  readonly stdoutLog: string;
  readonly stderrLog: string;
  /** Told its pid while it runs. */
  readonly started: (pid: number) => void;
};

const shown = 1024;

/**
 * Runs one hook with the container's state (JSON) on stdin. Throws HOOK_FAILED when it cannot be run, ends with a status
 * other than 0, or outlives its timeout; then it has been killed.
 */
export async function runHook(hook: HookStep, state: HookState, place: HookPlace): Promise<void> {
  // Files, never pipes: what a hook leaves running would hold a pipe open, and slipway with it.
  const [out, err] = [scratchFile(place.scratch), scratchFile(place.scratch)];
  try {
    const why = await failureOf(hook, state, place, [out, err]);
    keep(out, place.stdoutLog);
    keep(err, place.stderrLog);
    if (why === null) return;
    throw new RuntimeError(
      'HOOK_FAILED',
      `${hook.from}: error running ${hook.kind} hook #${hook.index}: ${why}, stdout: ${printed(out)}, stderr: ${printed(err)}`,
      { ref: hook.from },
    );
  } finally {
    closeSync(out);
    closeSync(err);
  }
}

/** Null when the hook ended well. */
async function failureOf(
  { path, args, env, timeout }: HookStep,
  state: HookState,
  { cwd, started }: HookPlace,
  [stdout, stderr]: readonly [number, number],
): Promise<string | null> {
  const execa = await loadExeca();
  const start = () =>
    execa(path, args.slice(1), {
      argv0: args[0] ?? path,
      cwd,
      env: env === null ? ownEnvironment() : Object.fromEntries(env.map(pair)),
      extendEnv: false,
      input: JSON.stringify(state),
      // Any fd will do; execa's types stop at 9.
      stdout: stdout as 3,
      stderr: stderr as 3,
      // A timer takes no more than 31 bits.
      timeout: Math.min(timeout * 1000, 2 ** 31 - 1),
      killSignal: 'SIGKILL',
      reject: false,
    });
  let running: ReturnType<typeof start>;
  try {
    running = start();
  } catch (error) {
    // Bun throws for what execve(2) refuses as no program, and execa stumbles over that error.
    return `fork/exec ${path}: ${isProgram(path) ? String(error) : errnoText('ENOEXEC')}`;
  }
  try {
    if (running.pid !== undefined) started(running.pid);
  } catch (error) {
    running.kill('SIGKILL');
    await running;
    throw error;
  }
  const result = await running;
  if (result.timedOut) return `hook ran past specified timeout of ${timeout}.0s`;
  if (result.signal !== undefined) return `signal: ${result.signal}`;
  if (result.exitCode === undefined) return `fork/exec ${path}: ${errnoText(result.code)}`;
  // A hook need not read its state: a broken pipe alone is no failure.
  return result.exitCode === 0 ? null : `exit status ${result.exitCode}`;
}

/** Whether a file is a script or an ELF file. */
function isProgram(path: string): boolean {
  const file = openSync(path, 'r');
  const start = beginning(file, 4).toString('latin1');
  closeSync(file);
  return start.startsWith('#!') || start === '\x7fELF';
}

function scratchFile(directory: string): number {
  // O_TMPFILE: a file without a name, gone with its last fd (open(2)).
  return openSync(directory, constants.O_RDWR | O_TMPFILE, 0o600);
}

const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY;

function keep(fd: number, log: string): void {
  if (log === '') return;
  const bytes = beginning(fd, Number.POSITIVE_INFINITY);
  attempt(log, `write the output of a hook to "${log}"`, () => appendFileSync(log, bytes, { mode: 0o600 }));
}

/** The beginning of a file, on one line. */
function printed(fd: number): string {
  return beginning(fd, shown).toString('utf8').trim().replaceAll('\n', ';');
}

function beginning(fd: number, most: number): Buffer {
  const bytes = Buffer.alloc(Math.min(fstatSync(fd).size, most));
  readSync(fd, bytes, 0, bytes.length, 0);
  return bytes;
}

/** What slipway was started with, without what its launcher added. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const added = ['SLIPWAY_LAUNCH', 'SLIPWAY_DRIVER', 'SLIPWAY_SCRIPT', 'BUN_JSC_useJIT'];
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !added.includes(name)));
}

function pair(entry: string): [string, string] {
  const at = entry.indexOf('=');
  return at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)];
}
