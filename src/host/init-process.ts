// The init that the launcher started, which waits in the host's namespaces for steps.

import { read } from 'node:fs';
import { RuntimeError } from '../error/error.ts';
import { Channel } from './channel.ts';
import { readLaunch, shipped } from './launch.ts';
import { identityOf, isAlive, type ProcessIdentity, waitUntil } from './process.ts';
import { endProcess } from './signal.ts';

export type InitProcess = {
  /** The prepare stage, which becomes nsenter, unshare and the outer init: none of them forks. */
  readonly identity: ProcessIdentity;
  readonly channel: Channel;
  /** Status of a foreground process, 128+n when a signal ended it. */
  readonly status: (foreground: ProcessIdentity) => Promise<number>;
};

let taken: InitProcess | null = null;

/** Throws SYSTEM when slipway was not started through its launcher. */
export function takeInit(): InitProcess {
  const launch = readLaunch();
  if (launch === null || launch.init === 0) {
    throw new RuntimeError('SYSTEM', 'no init was started: start slipway through its launcher, dist/slipway');
  }
  const { control, status, init } = launch;
  taken ??= {
    identity: identityOf(init),
    channel: new Channel(control),
    status: (foreground) => readStatus(status, foreground),
  };
  return taken;
}

/** Closes the control socket, at whose end the prepare stage and the outer init end, and waits until it did. */
export function dismissInit(): void {
  const { identity, channel } = takeInit();
  channel.close();
  awaitEnd(identity);
}

/** Waits for the end of an init that has no control socket any more. */
export function awaitEnd(identity: ProcessIdentity): void {
  waitUntil(() => !isAlive(identity), 10_000);
}

/** The same after a failure. What it waits for may be frozen, and then never comes. */
export async function endInit(identity: ProcessIdentity): Promise<void> {
  if (!waitUntil(() => !isAlive(identity), patience)) await endProcess(identity);
}

/** Milliseconds in which it ends by itself, and gives the caller's terminal back. */
const patience = 1000;

/**
 * The outer init is killed only by somebody else: then that is the status, and the process and the terminal are not left as they
 * are. What comes through the pipe: the settings of the caller's terminal (termios(3)) if it is used, and the status, a u32.
 */
async function readStatus(fd: number, foreground: ProcessIdentity): Promise<number> {
  const text = await readToEnd(fd);
  const settings = text.subarray(0, text.length - (text.length % settingsSize));
  const status = text.subarray(settings.length);
  if (status.length === 4) return status.readUInt32LE(0);
  await endProcess(foreground);
  if (settings.length > 0) {
    const { spawnSync } = await import('node:child_process');
    spawnSync(shipped('slipway-init'), ['terminal', settings.toString('hex')], { stdio: 'inherit' });
  }
  return 137;
}

/** sizeof(struct termios). */
const settingsSize = 60;

async function readToEnd(fd: number): Promise<Buffer> {
  const bytes = Buffer.alloc(settingsSize + 4);
  for (let length = 0; ; ) {
    const count = await new Promise<number>((resolve, reject) => {
      read(fd, bytes, length, bytes.length - length, null, (error, found) =>
        error === null ? resolve(found) : reject(error),
      );
    });
    length += count;
    // The status is the last thing; other processes may have the pipe open for longer.
    if (count === 0 || length % settingsSize === 4) return bytes.subarray(0, length);
  }
}
