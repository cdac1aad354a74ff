// What the launcher (init/launcher.c) hands over: a blocking socket pair and the caller's RLIMIT_NOFILE.

import { spawnSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { RuntimeError } from '../error/error.ts';
import { exists } from './files.ts';

export type Launch = {
  /** slipway's end of the control socket. */
  readonly driverFd: number;
  readonly initFd: number;
  /** How many fds from 3 on the caller opened. */
  readonly inherited: number;
  readonly nofile: { readonly soft: bigint; readonly hard: bigint };
};

/** SLIPWAY_LAUNCH is "driver fd:init fd:inherited fds:soft:hard". Null when no launcher set it. */
export function readLaunch(): Launch | null {
  const parts = /^(\d+):(\d+):(\d+):(\d+):(\d+)$/.exec(process.env.SLIPWAY_LAUNCH ?? '');
  if (parts === null) return null;
  const [, driver = '', init = '', inherited = '', soft = '', hard = ''] = parts;
  return {
    driverFd: Number(driver),
    initFd: Number(init),
    inherited: Number(inherited),
    nofile: { soft: BigInt(soft), hard: BigInt(hard) },
  };
}

/** Throws when slipway was not started through its launcher. */
export function demandLaunch(): Launch {
  const launch = readLaunch();
  if (launch !== null) return launch;
  throw new RuntimeError('SYSTEM', 'no control socket: start slipway through its launcher, dist/slipway');
}

/** Path of a program that is shipped beside the driver. Throws SYSTEM when it is missing. */
export function shipped(name: 'slipway' | 'slipway-init'): string {
  const own = realpathSync(process.versions.bun === undefined ? (process.argv[1] ?? '') : process.execPath);
  const folder = own.slice(0, own.lastIndexOf('/'));
  // The build for Node is one folder below.
  const path = `${process.versions.bun === undefined ? `${folder}/..` : folder}/${name}`;
  if (exists(path)) return path;
  throw new RuntimeError('SYSTEM', `${path} is missing: build it with "npm run build"`, { ref: path });
}

/** The build for Node has no launcher in front of it: runs itself again behind one. Returns the exit status. */
export function relaunch(args: readonly string[]): number {
  const script = realpathSync(process.argv[1] ?? '');
  const result = spawnSync(shipped('slipway'), [...args], {
    stdio: 'inherit',
    env: { ...process.env, SLIPWAY_DRIVER: process.execPath, SLIPWAY_SCRIPT: script },
  });
  if (result.error !== undefined) throw result.error;
  return result.status ?? 1;
}
