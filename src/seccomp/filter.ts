// The filter for the kernel: what the compiler made of a profile (compiler.c), and before it an answer to syscalls that are
// newer than the profile. Classic BPF (seccomp(2)).

import type { Seccomp } from '../spec/seccomp.ts';
import { actionValue } from './profile.ts';

/** What slipway-seccomp printed. */
export type Compiled = {
  readonly libseccomp: {
    readonly version: string;
    readonly path: string;
    /** Tells that file from a later one: inode, size, time of change. */
    readonly identity: string;
  };
  /** Flags that this kernel knows, a bit each. */
  readonly flags: number;
  /** Architectures that this machine cannot have, and syscalls that libseccomp does not know: neither is in the filter. */
  readonly foreign: readonly string[];
  readonly unknown: readonly string[];
  readonly last: readonly LastSyscall[];
  readonly filter: Buffer;
};

/** The highest number of a syscall that the profile names. token: SCMP_ARCH_* of libseccomp. */
type LastSyscall = { readonly token: number; readonly number: number };

/** Null for text that is not complete. */
export function parseCompiled(text: string): Compiled | null {
  const library = /^library (\S+) (\S+ \S+ \S+) (.+)$/m.exec(text);
  const filter = /^filter ((?:[0-9a-f]{16})+)\n$/m.exec(text);
  if (library === null || filter === null) return null;
  const [, version = '', identity = '', path = ''] = library;
  return {
    libseccomp: { version, path, identity },
    flags: Number(valuesOf(text, 'flags')[0]),
    foreign: valuesOf(text, 'foreign'),
    unknown: [...new Set(valuesOf(text, 'unknown'))],
    last: valuesOf(text, 'last').map((value) => {
      const [token = 0, number = 0] = value.split(' ').map(Number);
      return { token, number };
    }),
    filter: Buffer.from(filter[1] ?? '', 'hex'),
  };
}

function valuesOf(text: string, key: string): string[] {
  return [...text.matchAll(new RegExp(`^${key} (.+)$`, 'gm'))].map(([, value = '']) => value);
}

/** BPF_MAXINSNS. */
const mostInstructions = 4096;

/** struct sock_filter. */
const instructionSize = 8;

/** The bytes for seccomp(2); null when there are more than the kernel takes. */
export function filterFor(seccomp: Seccomp, { last, filter }: Compiled): Buffer | null {
  const whole = Buffer.concat([answerToNewer(seccomp, last), filter]);
  return whole.length > mostInstructions * instructionSize ? null : whole;
}

const noSuchSyscall = 38;

/** Actions by default that let a program see for itself that a syscall is not there. */
const permissive: readonly Seccomp['defaultAction'][] = ['SCMP_ACT_ALLOW', 'SCMP_ACT_LOG', 'SCMP_ACT_TRACE'];

/**
 * ENOSYS for every syscall above the highest one that the profile names: it is newer than the profile, and a C library that
 * gets another errno does not fall back to what it did before (as runc). The specification leaves that open.
 */
function answerToNewer({ defaultAction, defaultErrnoRet }: Seccomp, last: readonly LastSyscall[]): Buffer {
  if (permissive.includes(defaultAction) || defaultErrnoRet === noSuchSyscall) return Buffer.alloc(0);
  const sections = [...lastByAuditArch(last)].map(([arch, numbers]) => section(arch, numbers));
  const total = sections.reduce((sum, { length }) => sum + length, 0);
  let at = 0;
  return Buffer.concat(
    sections.flatMap((instructions) => {
      at += instructions.length;
      const rest = total - at;
      // The last instruction of a section goes to what comes after all of them.
      return [...instructions.slice(0, -1), [jumpAlways, 0, 0, rest] as const].map(encode);
    }),
  );
}

/** Highest numbers of the ordinary system calls, and of those of x32, which are of the same AUDIT_ARCH. */
type Highest = { readonly plain?: number; readonly x32?: number };

const tokenX32 = 0x4000003e;
const auditX86_64 = 0xc000003e;
const bitX32 = 0x40000000;

function lastByAuditArch(last: readonly LastSyscall[]): Map<number, Highest> {
  const found = new Map<number, Highest>();
  for (const { token, number } of last) {
    const isX32 = token === tokenX32;
    const arch = isX32 ? auditX86_64 : token;
    found.set(arch, { ...found.get(arch), ...(isX32 ? { x32: number } : { plain: number }) });
  }
  return found;
}

type Instruction = readonly [code: number, whenTrue: number, whenFalse: number, operand: number];

const load = 0x20;
const jumpAlways = 0x05;
const jumpIfEqual = 0x15;
const jumpIfGreater = 0x25;
const jumpIfBitSet = 0x45;
const returnConstant = 0x06;

/** struct seccomp_data. */
const offsetNumber = 0;
const offsetArch = 4;

function section(arch: number, { plain, x32 }: Highest): Instruction[] {
  // From here to the jump past the other sections; an x32 number without x32 in the profile is above every plain one too.
  const checks: Instruction[] =
    x32 === undefined || plain === undefined
      ? [[jumpIfGreater, 0, 1, plain ?? x32 ?? 0]]
      : [
          [jumpIfBitSet, 1, 0, bitX32],
          [jumpIfGreater, 1, 2, plain],
          [jumpIfGreater, 0, 1, x32],
        ];
  const body: Instruction[] = [
    [load, 0, 0, offsetNumber],
    ...checks,
    [returnConstant, 0, 0, actionValue('SCMP_ACT_ERRNO', noSuchSyscall)],
    [jumpAlways, 0, 0, 0],
  ];
  return [[load, 0, 0, offsetArch], [jumpIfEqual, 0, body.length, arch], ...body];
}

function encode([code, whenTrue, whenFalse, operand]: Instruction): Buffer {
  const bytes = Buffer.alloc(instructionSize);
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt8(whenTrue, 2);
  bytes.writeUInt8(whenFalse, 3);
  bytes.writeUInt32LE(operand >>> 0, 4);
  return bytes;
}
