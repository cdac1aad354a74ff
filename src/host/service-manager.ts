// What a service manager such as systemd gives to whom it starts: sockets (sd_listen_fds(3)), and a way to say that the service is
// ready (sd_notify(3)), which slipway-init does for the program.

import { RuntimeError } from '../error/error.ts';
import { shipped } from './launch.ts';
import type { ProcessIdentity } from './process.ts';

/** Socket of the manager that wants to know; null without one. */
export function managerSocket(): string | null {
  const socket = process.env.NOTIFY_SOCKET ?? '';
  return socket === '' ? null : socket;
}

/** How many sockets slipway was given, from fd 3 on, and the variables that tell the program of them. */
export function listenFds(): { readonly count: number; readonly environment: readonly string[] } {
  const { LISTEN_FDS: text = '', LISTEN_PID: pid, LISTEN_FDNAMES: names } = process.env;
  // Variables for another process may have been passed on.
  if (!/^[1-9]\d*$/.test(text) || pid !== String(process.pid)) return { count: 0, environment: [] };
  const environment = [`LISTEN_FDS=${text}`, 'LISTEN_PID=1'];
  return {
    count: Number(text),
    environment: names === undefined ? environment : [...environment, `LISTEN_FDNAMES=${names}`],
  };
}

/** Somebody who listens. */
export type Notifier = {
  /** Once the program is ready, or has ended. */
  readonly ended: Promise<number>;
  readonly stop: () => void;
};

/** Listens at `socket` for the READY of a process, which goes to the socket of the manager. Throws SYSTEM. */
export async function listenForReadiness(
  socket: string,
  manager: string,
  { pid, startTime }: ProcessIdentity,
): Promise<Notifier> {
  const { spawn } = await import('node:child_process');
  const child = spawn(shipped('slipway-init'), ['notify', socket, manager, String(pid), startTime], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (data) => {
    said += data;
  });
  const ended = new Promise<number>((resolve) => child.on('exit', (code) => resolve(code ?? 1)));
  const listens = new Promise<boolean>((resolve) => child.stdout.once('data', () => resolve(true)));
  if (await Promise.race([listens, ended.then(() => false)]))
    return { ended, stop: () => child.kill('SIGKILL') };
  throw new RuntimeError('SYSTEM', `NOTIFY_SOCKET: listen at ${said.trim()}`, { ref: 'sd_notify(3)' });
}
