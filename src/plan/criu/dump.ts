// What CRIU is asked for to checkpoint a container.

import { namespaceOf } from '../../namespace/asked.ts';
import type { Config } from '../../spec/config.ts';
import type { CriuOption } from './encode.ts';
import {
  binds,
  common,
  type DumpOptions,
  external,
  given,
  type Places,
  sharedNetworkName,
  when,
} from './options.ts';

export type DumpTarget = Places & {
  readonly config: Config;
  readonly rootfs: string;
  readonly pid: number;
  /** The cgroup that stops the processes; null without a freezer. */
  readonly freezer: string | null;
  /** What stdin, stdout and stderr are: "pipe:[17]", "file[1a:17]" for a file of the host, or a path of the container. */
  readonly descriptors: readonly string[];
  /** Inode of a path on the host. */
  readonly inodeOf: (path: string) => number;
  /** Whether a path of the container is there, and no directory: then a mask is a bind of /dev/null. */
  readonly isFile: (path: string) => boolean;
};

/** criu_req_type of what slipway asks for; the init knows that of a restore. */
export const requestTypes = { dump: 1, preDump: 4 } as const;

export function dumpOptions(options: DumpOptions, target: DumpTarget): CriuOption[] {
  const { config, rootfs, pid, freezer } = target;
  const network = namespaceOf(config, 'network')?.path;
  const masked = (config.linux?.maskedPaths ?? []).filter(target.isFile);
  return [
    ['pid', pid],
    ['root', rootfs],
    ...common(options, config, 'dump'),
    ...[...masked, ...binds(config, target).map(([destination]) => destination)].map((path) =>
      external(`mnt[${path}]:${path}`),
    ),
    // One that is shared with others stays with them.
    ...(network === undefined ? [] : [external(`net[${target.inodeOf(network)}]:${sharedNetworkName}`)]),
    ...target.descriptors.filter((name) => name.startsWith('file[')).map(external),
    ...given('freeze_cgroup', freezer),
    ...given('parent_img', options.parent),
    ...when(options.preDump || options.parent !== null, 'track_mem'),
    ...when(options.leaveRunning, 'leave_running'),
    ...when(options.tcpSkipInFlight, 'tcp_skip_in_flight'),
    ...when(options.linkRemap, 'link_remap'),
    ...given('ps', options.pageServer),
    ...given('status_fd', options.statusFd),
  ];
}
