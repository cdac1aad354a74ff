import { restore } from '../container/restore.ts';
import { criuOptionsOf } from './criu-options.ts';
import type { Handler } from './table.ts';

export const handler: Handler = ({ env, options, positionals }) =>
  restore(env, {
    ...criuOptionsOf(options),
    id: positionals[0] ?? '',
    bundle: options.text('bundle'),
    detach: options.flag('detach'),
    pidFile: options.text('pid-file'),
    consoleSocket: options.text('console-socket'),
    lsmProfile: options.text('lsm-profile'),
    lsmMountContext: options.text('lsm-mount-context'),
  });
