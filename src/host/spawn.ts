// Spawns nsenter … unshare … slipway-init with the control socket.

import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import { RuntimeError } from '../error/error.ts';
import { enterLines, type JoinNamespace } from '../namespace/argv.ts';
import type { Plan } from '../plan/plan.ts';
import { Channel } from './channel.ts';
import { demandLaunch, shipped } from './launch.ts';
import { openNamespace } from './namespace-fd.ts';

export type Spawned = {
  /** The outer init: nsenter and unshare become it, they never fork. */
  readonly pid: number;
  readonly channel: Channel;
  /** nsenter … unshare … init: with a prepare stage, what it and the stage after it become, one after the other. */
  readonly next: readonly (readonly string[])[];
  /** Exit status of the outer init: 128+n when a signal ended it. */
  readonly exited: Promise<number>;
  /** Passes a signal on to the outer init, which passes it to the container process. */
  readonly signal: (name: NodeJS.Signals) => void;
};

const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Starts the init in new and joined namespaces, or the prepare stage that leads there. stdin and stdout are handed over
 * untouched; fd 2 is the control socket, fd 3 the real stderr, then come the preserved fds (3 and up here), the slots and
 * the namespaces.
 */
export function spawnInit(plan: Plan, preserveFds: number): Spawned {
  const launch = demandLaunch();
  demandInherited(preserveFds, launch.inherited);
  const firstSlot = 4 + preserveFds;
  const fds = [2, ...Array.from({ length: preserveFds }, (_, index) => index + 3)];
  // A slot must be an open fd from the beginning: Bun leaves a gap for 'ignore' above 2.
  for (let slot = 0; slot < plan.slots; slot++) fds.push(2);
  const opened: number[] = [];
  const open = (step: JoinNamespace) => {
    const fd = openNamespace(step);
    opened.push(fd);
    return fd;
  };
  const numbers = [String(preserveFds), String(plan.slots)];
  const prepared = plan.initSlot > 0;
  const init = prepared ? `/proc/self/fd/${firstSlot + plan.initSlot - 1}` : shipped('slipway-init');
  const lines = enterLines(plan.namespaces, (step) => `/proc/self/fd/${3 + fds.push(open(step)) - 1}`, {
    outer: [init, ...numbers],
    stage: [init, 'prepare', ...numbers],
  });
  for (const step of plan.namespaces) {
    if (step.op === 'joinNamespace' && step.slot > 0) fds[firstSlot - 3 + step.slot - 1] = open(step);
  }
  const [file = '', ...args] = prepared ? [shipped('slipway-init'), 'prepare', ...numbers] : (lines[0] ?? []);
  const child = spawn(file, args, {
    stdio: [0, 1, launch.initFd, ...fds],
    env: { PATH: process.env.PATH ?? defaultPath, LC_ALL: 'C' },
  });
  // Our copy goes: end of file on the other end then means that the init ended.
  for (const fd of [launch.initFd, ...opened]) closeSync(fd);
  if (child.pid === undefined) throw notSpawned(file);
  const exited = new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) =>
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
  });
  // A spawn that failed is also end of file on the channel; whoever awaits `exited` hears of it there.
  exited.catch(() => undefined);
  return {
    pid: child.pid,
    channel: new Channel(launch.driverFd),
    next: lines,
    exited,
    signal: (name) => void child.kill(name),
  };
}

/** An fd that the caller did not open would be one of the engine's own by now. */
function demandInherited(preserveFds: number, inherited: number): void {
  if (preserveFds <= inherited) return;
  throw new RuntimeError('USAGE', `--preserve-fds: file descriptor ${3 + inherited} is not open`);
}

function notSpawned(file: string): RuntimeError {
  return new RuntimeError('SYSTEM', `cannot run "${file}": is util-linux installed, and in PATH?`);
}
