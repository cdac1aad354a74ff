// The options that `create` and `run` share.

import type { CreateRequest } from '../container/create.ts';
import { RuntimeError } from '../error/error.ts';
import type { Call } from './table.ts';

export function createRequest({ options, positionals }: Call): CreateRequest {
  return {
    id: positionals[0] ?? '',
    bundle: options.text('bundle') ?? '.',
    pidFile: options.text('pid-file'),
    preserveFds: count(options.text('preserve-fds') ?? '0'),
    noPivot: options.flag('no-pivot'),
    noNewKeyring: options.flag('no-new-keyring'),
  };
}

function count(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new RuntimeError('USAGE', `--preserve-fds: expected a number of file descriptors, found "${text}"`);
}
