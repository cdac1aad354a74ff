import { restore } from '../container/restore.ts';
import { RuntimeError } from '../error/error.ts';
import { criuOptionsOf } from './criu-options.ts';
import type { Handler } from './table.ts';

export const handler: Handler = ({ env, options, positionals }) => {
  if (options.text('console-socket') !== null)
    throw new RuntimeError(
      'NOT_SUPPORTED',
      '--console-socket: a terminal cannot be restored to a socket yet',
    );
  return restore(env, {
    ...criuOptionsOf(options),
    id: positionals[0] ?? '',
    bundle: options.text('bundle') ?? '.',
    detach: options.flag('detach'),
    pidFile: options.text('pid-file'),
    lsmProfile: options.text('lsm-profile'),
    lsmMountContext: options.text('lsm-mount-context'),
  });
};
