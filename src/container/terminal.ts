// Who gets the terminal of a process: the caller's own terminal, through the waiter of a foreground process, or a socket.

import { RuntimeError } from '../error/error.ts';
import type { Process } from '../spec/process.ts';

/** Throws USAGE, in runc's words, when nobody would get the terminal, or there is none. */
export function demandTerminal(
  process: Process | undefined,
  detached: boolean,
  consoleSocket: string | null,
): void {
  const terminal = process?.terminal === true;
  if (detached && terminal && consoleSocket === null) {
    throw new RuntimeError(
      'USAGE',
      '/process/terminal: cannot allocate tty if slipway will detach without setting console socket: use --console-socket',
    );
  }
  if (consoleSocket !== null && !(detached && terminal)) {
    throw new RuntimeError(
      'USAGE',
      '--console-socket: cannot use console socket if slipway will not detach or allocate tty',
    );
  }
}
