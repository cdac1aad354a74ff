// What the launcher (init/launcher.c) hands over: the init that it started, and the caller's RLIMIT_NOFILE.

import { realpathSync } from 'node:fs';
import { RuntimeError } from '../error/error.ts';
import { joinLines } from '../error/one-line.ts';
import { exists } from './files.ts';

export type Launch = {
  /** slipway's end of the control socket of the init, which is blocking. */
  readonly control: number;
  /** Where the status of a foreground container comes from. */
  readonly status: number;
  /** The init; 0 for a command that needs none. */
  readonly init: number;
  /** Fds from 3 on that the caller opened, in order. */
  readonly inherited: readonly number[];
  /** Copies of fds 1 and 2. */
  readonly output: number;
  readonly errors: number;
  readonly nofile: { readonly soft: bigint; readonly hard: bigint };
};

/** SLIPWAY_LAUNCH has the fields of a Launch, separated by colons. Null when no launcher set it. */
export function readLaunch(): Launch | null {
  const fields = (process.env.SLIPWAY_LAUNCH ?? '').split(':');
  if (fields.length !== 8) return null;
  const [control = 0, status = 0, init = 0, , output = 0, errors = 0] = fields.map(Number);
  const [inherited = '', , , soft = '', hard = ''] = fields.slice(3);
  return {
    control,
    status,
    init,
    inherited: inherited === '' ? [] : inherited.split(',').map(Number),
    output,
    errors,
    nofile: { soft: BigInt(soft), hard: BigInt(hard) },
  };
}

/**
 * Of the fds from 3 on those that the caller opened: `asked` for by --preserve-fds, as crun takes it, after the `sockets` of
 * LISTEN_FDS. Throws USAGE for a socket that is not open.
 */
export function inheritedFds(asked: number, sockets: number): readonly number[] {
  const inherited = readLaunch()?.inherited ?? [];
  const missing = Array.from({ length: sockets }, (_, index) => 3 + index).find(
    (fd) => !inherited.includes(fd),
  );
  if (missing !== undefined)
    throw new RuntimeError('USAGE', `LISTEN_FDS=${sockets}: file descriptor ${missing} is not open`);
  return inherited.filter((fd) => fd < 3 + asked + sockets);
}

/** Path of a program that is shipped beside the driver. Throws SYSTEM when it is missing. */
export function shipped(name: 'slipway-node' | 'slipway-init' | 'slipway-seccomp'): string {
  const own = realpathSync(process.versions.bun === undefined ? (process.argv[1] ?? '') : process.execPath);
  const folder = own.slice(0, own.lastIndexOf('/'));
  // The build for Node is one folder below.
  const path = `${process.versions.bun === undefined ? `${folder}/..` : folder}/${name}`;
  if (exists(path)) return path;
  throw new RuntimeError('SYSTEM', `${path} is missing: build it with "npm run build"`, { ref: path });
}

/**
 * Ends slipway with a status, as slipway-init: that program takes away the zombie of the init (init/reap.c), which a caller that is a
 * subreaper would keep.
 */
export function leave(status: number): never {
  const init = readLaunch()?.init ?? 0;
  if (init > 0) becomeReaper(init, status);
  process.exit(status);
}

/** Returns when slipway-init is gone: slipway may have been removed while a container was in the foreground. */
function becomeReaper(init: number, status: number): void {
  let path: string;
  try {
    path = shipped('slipway-init');
  } catch {
    return;
  }
  process.execve?.(path, ['slipway-init', 'reap', String(init), String(status)], {});
}

/** Runs one of them to its end. `input`: for its stdin. Throws SYSTEM when it is missing, or cannot be run. */
export async function runShipped(
  name: 'slipway-init' | 'slipway-seccomp',
  args: readonly string[],
  input = '',
): Promise<{ readonly status: number | null; readonly stdout: string; readonly complaint: string }> {
  const { spawnSync } = await import('node:child_process');
  const options = { input, encoding: 'utf8', maxBuffer: 64 << 20 } as const;
  const { status, stdout, stderr, error } = spawnSync(shipped(name), [...args], options);
  // A program that ends before it has read everything has a status all the same.
  if (status === null && error !== undefined) throw error;
  return { status, stdout, complaint: joinLines(stderr) };
}

/** The build for Node has no launcher in front of it: runs itself again behind one. Returns the exit status. */
export async function relaunch(args: readonly string[]): Promise<number> {
  const { spawnSync } = await import('node:child_process');
  const script = realpathSync(process.argv[1] ?? '');
  const result = spawnSync(shipped('slipway-node'), [...args], {
    stdio: 'inherit',
    env: { ...process.env, SLIPWAY_DRIVER: process.execPath, SLIPWAY_SCRIPT: script },
  });
  if (result.error !== undefined) throw result.error;
  return result.status ?? 1;
}
