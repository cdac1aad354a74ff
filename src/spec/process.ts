// The process of a container (config.md#process).

import type { z } from 'zod';
import {
  absolutePath,
  boolean,
  expected,
  filledText,
  id,
  int32,
  integerIn,
  list,
  object,
  oneOf,
  text,
  uint32,
  uint64,
} from './leaf.ts';

const capabilities = list(text);

const environmentEntry = text.regex(/^[^=]+=/, expected('NAME=value'));

export const processSchema = object({
  terminal: boolean.optional(),
  consoleSize: object({ height: uint32.optional(), width: uint32.optional() }).optional(),
  cwd: absolutePath,
  env: list(environmentEntry).optional(),
  args: list(text).min(1, expected('at least the name of a program')).optional(),
  commandLine: text.optional(),
  rlimits: list(object({ type: filledText, soft: uint64, hard: uint64 })).optional(),
  apparmorProfile: text.optional(),
  capabilities: object({
    bounding: capabilities.optional(),
    effective: capabilities.optional(),
    inheritable: capabilities.optional(),
    permitted: capabilities.optional(),
    ambient: capabilities.optional(),
  }).optional(),
  noNewPrivileges: boolean.optional(),
  oomScoreAdj: integerIn(-1000, 1000).optional(),
  scheduler: object({
    policy: oneOf([
      'SCHED_OTHER',
      'SCHED_FIFO',
      'SCHED_RR',
      'SCHED_BATCH',
      'SCHED_ISO',
      'SCHED_IDLE',
      'SCHED_DEADLINE',
    ]),
    nice: int32.optional(),
    priority: int32.optional(),
    flags: list(
      oneOf([
        'SCHED_FLAG_RESET_ON_FORK',
        'SCHED_FLAG_RECLAIM',
        'SCHED_FLAG_DL_OVERRUN',
        'SCHED_FLAG_KEEP_POLICY',
        'SCHED_FLAG_KEEP_PARAMS',
        'SCHED_FLAG_UTIL_CLAMP_MIN',
        'SCHED_FLAG_UTIL_CLAMP_MAX',
      ]),
    ).optional(),
    runtime: uint64.optional(),
    deadline: uint64.optional(),
    period: uint64.optional(),
  }).optional(),
  selinuxLabel: text.optional(),
  ioPriority: object({
    class: oneOf(['IOPRIO_CLASS_RT', 'IOPRIO_CLASS_BE', 'IOPRIO_CLASS_IDLE']),
    priority: integerIn(0, 7).optional(),
  }).optional(),
  execCPUAffinity: object({ initial: text.optional(), final: text.optional() }).optional(),
  user: object({
    uid: id.optional(),
    gid: id.optional(),
    umask: integerIn(0, 0o777).optional(),
    additionalGids: list(id).optional(),
    username: text.optional(),
  }).optional(),
});

export type Process = z.infer<typeof processSchema>;
