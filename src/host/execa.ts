// Loads execa. It looks at the standard streams as it loads, and an engine that makes these streams makes the files of fds 1
// and 2 non-blocking: those of the caller and of the container too. So other files are there by then; what slipway itself
// prints goes elsewhere (output.ts).

import { closeSync, openSync } from 'node:fs';

type Execa = typeof import('execa')['execa'];

let loaded: Execa | null = null;

export async function loadExeca(): Promise<Execa> {
  if (loaded !== null) return loaded;
  for (const fd of [1, 2]) {
    closeSync(fd);
    // The lowest number that is free.
    openSync('/dev/null', 'w');
  }
  loaded = (await import('execa')).execa;
  return loaded;
}
