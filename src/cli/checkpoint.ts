import { checkpoint } from '../container/checkpoint.ts';
import { RuntimeError } from '../error/error.ts';
import { criuOptionsOf } from './criu-options.ts';
import { parseNumber } from './numbers.ts';
import type { Handler } from './table.ts';

export const handler: Handler = async ({ env, options, positionals }) => {
  const statusFd = options.text('status-fd');
  const pageServer = options.text('page-server');
  await checkpoint(env, {
    ...criuOptionsOf(options),
    id: positionals[0] ?? '',
    parent: options.text('parent-path'),
    leaveRunning: options.flag('leave-running'),
    preDump: options.flag('pre-dump'),
    tcpSkipInFlight: options.flag('tcp-skip-in-flight'),
    linkRemap: options.flag('link-remap'),
    pageServer: pageServer === null ? null : parseAddress(pageServer),
    statusFd: statusFd === null ? null : parseNumber('--status-fd', statusFd),
  });
  return 0;
};

function parseAddress(text: string): { readonly address: string; readonly port: number } {
  const [, address = '', port = ''] = /^(.*):(\d+)$/.exec(text) ?? [];
  if (port !== '') return { address, port: Number(port) };
  throw new RuntimeError('USAGE', `--page-server: use --page-server ADDRESS:PORT, found "${text}"`);
}
