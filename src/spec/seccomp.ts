// Seccomp filters (config-linux.md#seccomp).

import type { z } from 'zod';
import { absolutePath, expected, filledText, list, object, oneOf, text, uint32, uint64 } from './leaf.ts';

const action = oneOf([
  'SCMP_ACT_KILL',
  'SCMP_ACT_KILL_PROCESS',
  'SCMP_ACT_KILL_THREAD',
  'SCMP_ACT_TRAP',
  'SCMP_ACT_ERRNO',
  'SCMP_ACT_TRACE',
  'SCMP_ACT_ALLOW',
  'SCMP_ACT_LOG',
  'SCMP_ACT_NOTIFY',
]);

export const seccompArchitectures = [
  'SCMP_ARCH_X86',
  'SCMP_ARCH_X86_64',
  'SCMP_ARCH_X32',
  'SCMP_ARCH_ARM',
  'SCMP_ARCH_AARCH64',
  'SCMP_ARCH_MIPS',
  'SCMP_ARCH_MIPS64',
  'SCMP_ARCH_MIPS64N32',
  'SCMP_ARCH_MIPSEL',
  'SCMP_ARCH_MIPSEL64',
  'SCMP_ARCH_MIPSEL64N32',
  'SCMP_ARCH_PPC',
  'SCMP_ARCH_PPC64',
  'SCMP_ARCH_PPC64LE',
  'SCMP_ARCH_S390',
  'SCMP_ARCH_S390X',
  'SCMP_ARCH_PARISC',
  'SCMP_ARCH_PARISC64',
  'SCMP_ARCH_RISCV64',
  'SCMP_ARCH_LOONGARCH64',
  'SCMP_ARCH_M68K',
  'SCMP_ARCH_SH',
  'SCMP_ARCH_SHEB',
] as const;

export type Seccomp = z.infer<typeof seccompSchema>;

export const seccompSchema = object({
  defaultAction: action,
  defaultErrnoRet: uint32.optional(),
  architectures: list(oneOf(seccompArchitectures)).optional(),
  flags: list(
    oneOf([
      'SECCOMP_FILTER_FLAG_TSYNC',
      'SECCOMP_FILTER_FLAG_LOG',
      'SECCOMP_FILTER_FLAG_SPEC_ALLOW',
      'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV',
    ]),
  ).optional(),
  listenerPath: absolutePath.optional(),
  listenerMetadata: text.optional(),
  syscalls: list(
    object({
      names: list(filledText).min(1, expected('at least one name')),
      action,
      errnoRet: uint32.optional(),
      args: list(
        object({
          index: uint32.max(5, expected('an integer from 0 to 5')),
          value: uint64,
          valueTwo: uint64.optional(),
          op: oneOf([
            'SCMP_CMP_NE',
            'SCMP_CMP_LT',
            'SCMP_CMP_LE',
            'SCMP_CMP_EQ',
            'SCMP_CMP_GE',
            'SCMP_CMP_GT',
            'SCMP_CMP_MASKED_EQ',
          ]),
        }),
      ).optional(),
    }),
  ).optional(),
});
