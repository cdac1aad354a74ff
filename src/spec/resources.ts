// Resource limits of the container's cgroups (config-linux.md#control-groups); also what `update` reads.

import type { z } from 'zod';
import {
  boolean,
  expected,
  int64,
  integerIn,
  list,
  object,
  oneOf,
  record,
  text,
  uint16,
  uint32,
  uint64,
} from './leaf.ts';

const throttle = list(object({ major: int64, minor: int64, rate: uint64 })).optional();

export const resourcesSchema = object({
  devices: list(
    object({
      allow: boolean,
      type: oneOf(['a', 'c', 'b', '']).optional(),
      major: int64.optional(),
      minor: int64.optional(),
      access: text.regex(/^[rwm]*$/, expected('a string of r, w and m')).optional(),
    }),
  ).optional(),
  memory: object({
    limit: int64.optional(),
    reservation: int64.optional(),
    swap: int64.optional(),
    kernel: int64.optional(),
    kernelTCP: int64.optional(),
    swappiness: integerIn(0, 100).optional(),
    disableOOMKiller: boolean.optional(),
    useHierarchy: boolean.optional(),
    checkBeforeUpdate: boolean.optional(),
  }).optional(),
  cpu: object({
    shares: uint64.optional(),
    quota: int64.optional(),
    burst: uint64.optional(),
    period: uint64.optional(),
    realtimeRuntime: int64.optional(),
    realtimePeriod: uint64.optional(),
    cpus: text.optional(),
    mems: text.optional(),
    idle: integerIn(0, 1).optional(),
  }).optional(),
  pids: object({ limit: int64.optional() }).optional(),
  blockIO: object({
    weight: uint16.optional(),
    leafWeight: uint16.optional(),
    weightDevice: list(
      object({ major: int64, minor: int64, weight: uint16.optional(), leafWeight: uint16.optional() }),
    ).optional(),
    throttleReadBpsDevice: throttle,
    throttleWriteBpsDevice: throttle,
    throttleReadIOPSDevice: throttle,
    throttleWriteIOPSDevice: throttle,
  }).optional(),
  hugepageLimits: list(
    object({
      pageSize: text.regex(/^[1-9]\d*[KMG]B$/, expected('a size such as 2MB or 1GB')),
      limit: uint64,
    }),
  ).optional(),
  network: object({
    classID: uint32.optional(),
    priorities: list(object({ name: text, priority: uint32 })).optional(),
  }).optional(),
  rdma: record(object({ hcaHandles: uint32.optional(), hcaObjects: uint32.optional() })).optional(),
  unified: record(text).optional(),
});

export type Resources = z.infer<typeof resourcesSchema>;
