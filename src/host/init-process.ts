// The init that the launcher started, which waits in the host's namespaces for steps.

import { read } from 'node:fs';
import { RuntimeError } from '../error/error.ts';
import { Channel } from './channel.ts';
import { readLaunch } from './launch.ts';
import { identityOf, isAlive, type ProcessIdentity, waitUntil } from './process.ts';

export type InitProcess = {
  /** The prepare stage, which becomes nsenter, unshare and the outer init: none of them forks. */
  readonly identity: ProcessIdentity;
  readonly channel: Channel;
  /** Status of a foreground container, 128+n when a signal ended it. */
  readonly status: () => Promise<number>;
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
    status: () => readStatus(status),
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

/** The outer init is killed only by somebody else: then that is the status. */
async function readStatus(fd: number): Promise<number> {
  const bytes = Buffer.alloc(4);
  const count = await new Promise<number>((resolve, reject) => {
    read(fd, bytes, 0, bytes.length, null, (error, length) =>
      error === null ? resolve(length) : reject(error),
    );
  });
  return count === bytes.length ? bytes.readUInt32LE(0) : 137;
}
