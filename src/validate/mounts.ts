// Rules about mounts (config.md#mounts).

import { posix } from 'node:path';
import { flag } from '../mount/flags.ts';
import { isBind, needsFlags, readMountOptions } from '../mount/options.ts';
import type { Config } from '../spec/config.ts';
import type { Diagnostic } from '../spec/diagnostic.ts';
import { problem, type Rule } from './rule.ts';

/** Files of procfs that may be replaced, as runc has them: they show numbers and carry no control. */
const replaceable = new Set(
  'cpuinfo diskstats loadavg meminfo slabinfo stat swaps uptime net/dev sys/kernel/ns_last_pid sys/crypto/fips_enabled'
    .split(' ')
    .map((name) => `/proc/${name}`),
);

/** Warnings: the specification takes such a path, as one below /, and has it deprecated. For a config as it was given. */
export function relativeDestinations({ mounts = [] }: Config): Diagnostic[] {
  return mounts.flatMap(({ destination }, index) =>
    destination.startsWith('/')
      ? []
      : [
          problem(
            `/mounts/${index}/destination`,
            `${JSON.stringify(destination)} is relative, which is deprecated: taken as "/${destination}"`,
          ),
        ],
  );
}

/** What stands in procfs' place could lead the writes of the runtime astray (CVE-2019-16884, CVE-2023-27561). */
export const procDestinations: Rule = ({ mounts = [] }) =>
  mounts.flatMap((mount, index) => {
    const path = mount.destination;
    const inside = path.startsWith('/proc/');
    if (!inside && path !== '/proc') return [];
    const allowed = inside
      ? replaceable.has(path)
      : mount.type === 'proc' || (isBind(mount) && posix.resolve('/', mount.source ?? '') === '/proc');
    return allowed
      ? []
      : [
          problem(
            `/mounts/${index}/destination`,
            `${JSON.stringify(path)} cannot be mounted because it is inside /proc`,
          ),
        ];
  });

export const bindsHaveNoData: Rule = ({ mounts = [] }) =>
  mounts.flatMap((mount, index) => {
    const [option] = isBind(mount) ? readMountOptions(mount.options ?? []).filesystem : [];
    return option === undefined
      ? []
      : [
          problem(
            `/mounts/${index}/options`,
            `${JSON.stringify(option)}: bind mounts cannot have any filesystem-specific options applied`,
          ),
        ];
  });

export const linkOptionsFit: Rule = ({ mounts = [] }) =>
  mounts.flatMap((mount, index) => {
    const { links, sourceLink, flags } = readMountOptions(mount.options ?? []);
    const shown = links.map((option) => JSON.stringify(option)).join(', ');
    const at = `/mounts/${index}/options`;
    if (links.length === 0) return [];
    if (!isBind(mount) || (flags & flag.remount) !== 0)
      return [problem(at, `${shown}: only a new bind can have an option about links`)];
    if (sourceLink === 'copy' && links.some((option) => option !== 'copy-symlink'))
      return [problem(at, `${shown}: copy-symlink goes with neither src-nofollow nor dest-nofollow`)];
    return [];
  });

export const tmpcopyupIsTmpfs: Rule = ({ mounts = [] }) =>
  mounts.flatMap(({ type, options = [] }, index) =>
    readMountOptions(options).copyUp && type !== 'tmpfs'
      ? [
          problem(
            `/mounts/${index}/options`,
            'tmpcopyup: only a mount of type tmpfs can take over what it hides',
          ),
        ]
      : [],
  );

/** mount(2) has no flags for these: they would be lost. */
export const flagsStandAlone: Rule = ({ mounts = [] }) =>
  mounts.flatMap((mount, index) => {
    const options = readMountOptions(mount.options ?? []);
    const { recursiveSet, recursiveClear, idMap, copyUp } = options;
    const lost =
      recursiveSet !== 0n ||
      recursiveClear !== 0n ||
      idMap !== null ||
      mount.uidMappings !== undefined ||
      copyUp;
    return lost && needsFlags(mount, options)
      ? [
          problem(
            `/mounts/${index}/options`,
            'remount, iversion and acl go with no recursive option, id map or tmpcopyup',
          ),
        ]
      : [];
  });
