// The options that checkpoint and restore share.

import { resolve } from 'node:path';
import { RuntimeError } from '../error/error.ts';
import type { CgroupMode, CriuOptions } from '../plan/criu/options.ts';
import type { Options } from './table.ts';

export function criuOptionsOf(options: Options): CriuOptions {
  const images = resolve(options.text('image-path') ?? 'checkpoint');
  const emptyNamespaces = options.list('empty-ns');
  const unknown = emptyNamespaces.find((type) => type !== 'network');
  if (unknown !== undefined)
    throw new RuntimeError('USAGE', `--empty-ns: expected network, found "${unknown}"`);
  return {
    images,
    work: resolve(options.text('work-path') ?? images),
    tcpEstablished: options.flag('tcp-established'),
    extUnixSk: options.flag('ext-unix-sk'),
    shellJob: options.flag('shell-job'),
    fileLocks: options.flag('file-locks'),
    lazyPages: options.flag('lazy-pages'),
    autoDedup: options.flag('auto-dedup'),
    // One of the choices of the command table.
    cgroupMode: (options.text('manage-cgroups-mode') ?? 'soft') as CgroupMode,
    emptyNamespaces,
  };
}
