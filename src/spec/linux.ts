// The Linux part of config.json (config-linux.md).

import type { z } from 'zod';
import {
  absolutePath,
  boolean,
  expected,
  filledText,
  id,
  int64,
  integerIn,
  list,
  object,
  oneOf,
  record,
  text,
} from './leaf.ts';
import { idMapsSchema } from './mounts.ts';
import { resourcesSchema } from './resources.ts';
import { seccompSchema } from './seccomp.ts';

export const namespaceTypes = ['pid', 'network', 'mount', 'ipc', 'uts', 'user', 'cgroup', 'time'] as const;

const timeOffset = object({ secs: int64.optional(), nanosecs: integerIn(0, 999_999_999).optional() });

export const linuxSchema = object({
  namespaces: list(
    object({
      type: oneOf(namespaceTypes),
      path: absolutePath.optional(),
    }),
  ).optional(),
  uidMappings: idMapsSchema.optional(),
  gidMappings: idMapsSchema.optional(),
  timeOffsets: object({ monotonic: timeOffset.optional(), boottime: timeOffset.optional() }).optional(),
  devices: list(
    object({
      type: oneOf(['c', 'b', 'u', 'p']),
      path: absolutePath,
      major: int64.optional(),
      minor: int64.optional(),
      // Engines give the whole of st_mode, with the type of the file.
      fileMode: integerIn(0, 0o177777).optional(),
      uid: id.optional(),
      gid: id.optional(),
    }),
  ).optional(),
  netDevices: record(object({ name: text.optional() })).optional(),
  cgroupsPath: text.optional(),
  resources: resourcesSchema.optional(),
  rootfsPropagation: oneOf([
    'shared',
    'slave',
    'private',
    'unbindable',
    'rshared',
    'rslave',
    'rprivate',
    'runbindable',
    '',
  ]).optional(),
  maskedPaths: list(absolutePath).optional(),
  readonlyPaths: list(absolutePath).optional(),
  mountLabel: text.optional(),
  sysctl: record(text).optional(),
  seccomp: seccompSchema.optional(),
  intelRdt: object({
    closID: text.optional(),
    schemata: list(text).optional(),
    l3CacheSchema: text.optional(),
    memBwSchema: text.optional(),
    enableMonitoring: boolean.optional(),
  }).optional(),
  memoryPolicy: object({
    mode: oneOf([
      'MPOL_DEFAULT',
      'MPOL_BIND',
      'MPOL_INTERLEAVE',
      'MPOL_WEIGHTED_INTERLEAVE',
      'MPOL_PREFERRED',
      'MPOL_PREFERRED_MANY',
      'MPOL_LOCAL',
    ]),
    nodes: text.optional(),
    flags: list(oneOf(['MPOL_F_NUMA_BALANCING', 'MPOL_F_RELATIVE_NODES', 'MPOL_F_STATIC_NODES'])).optional(),
  }).optional(),
  personality: object({
    domain: oneOf(['LINUX', 'LINUX32']),
    flags: list(filledText).max(0, expected('no flags: the specification defines none')).optional(),
  }).optional(),
});

export type Linux = z.infer<typeof linuxSchema>;
export type NamespaceType = NonNullable<Linux['namespaces']>[number]['type'];
export type Device = NonNullable<Linux['devices']>[number];
