// The options that `create` and `run` share.

import type { CreateRequest } from '../container/create.ts';
import { parseNumber } from './numbers.ts';
import type { Call } from './table.ts';

export function createRequest({ options, positionals }: Call): CreateRequest {
  return {
    id: positionals[0] ?? '',
    bundle: options.text('bundle') ?? '.',
    configFile: options.text('config'),
    pidFile: options.text('pid-file'),
    preserveFds: parseNumber('--preserve-fds', options.text('preserve-fds') ?? '0'),
    consoleSocket: options.text('console-socket'),
    pidfdSocket: options.text('pidfd-socket'),
    noPivot: options.flag('no-pivot'),
    noNewKeyring: options.flag('no-new-keyring'),
  };
}
