// What CRIU is asked for to restore a container.

import type { Config } from '../../spec/config.ts';
import type { CriuOption } from './encode.ts';
import {
  binds,
  common,
  external,
  given,
  inherited,
  type Places,
  type RestoreOptions,
  sharedNetworkName,
} from './options.ts';

export type RestoreTarget = Places & {
  readonly config: Config;
  /** Where the root file system is mounted for CRIU. */
  readonly root: string;
  /** Where the network namespace is open that is shared with others; null for one of its own. */
  readonly networkFd: number | null;
  /** As at the checkpoint. */
  readonly descriptors: readonly string[];
};

export function restoreOptions(options: RestoreOptions, target: RestoreTarget): CriuOption[] {
  const { config, root, descriptors } = target;
  return [
    ['rst_sibling', true],
    ['notify_scripts', true],
    ['root', root],
    ...common(options, config, 'restore'),
    ...(config.linux?.maskedPaths ?? []).map((path) => external(`mnt[${path}]:/dev/null`)),
    ...binds(config, target).map(([destination, source]) => external(`mnt[${destination}]:${source}`)),
    ...(target.networkFd === null ? [] : [inherited(target.networkFd, sharedNetworkName)]),
    ...cgroupRoots(target),
    // Those of the caller take the place of pipes and files that are gone.
    ...descriptors.flatMap((name, fd) => (/^(pipe:|file)\[/.test(name) ? [inherited(fd, name)] : [])),
    ...given('lsm_profile', options.lsmProfile),
    ...given('lsm_mount_context', options.lsmMountContext),
  ];
}

/**
 * Only for the hierarchies that the container has a cgroup in: a root for all would have CRIU make one in those, too, that the
 * kernel has and the host has not mounted, where delete would not find it.
 */
function cgroupRoots({ cgroups, cgroup }: Places): CriuOption[] {
  return cgroups.map(({ version, controllers }) => {
    // In /proc/PID/cgroup the v2 tree has an empty name.
    const ctrl = version === 1 ? controllers.join(',') : '';
    return ['cg_root', { ctrl, path: cgroup }];
  });
}
