// What slipway prints: through copies of fds 1 and 2 that the launcher made, because those two may be gone (execa.ts).

import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { readLaunch } from './launch.ts';

export function writeOutput(text: string): void {
  writeAll(readLaunch()?.output ?? 1, text);
}

export function writeErrors(text: string): void {
  writeAll(readLaunch()?.errors ?? 2, text);
}

/** Whether errors are shown to a person. */
export function isTerminal(): boolean {
  return isatty(readLaunch()?.errors ?? 2);
}

function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
}
