// Device access on cgroup v2: the rules as an eBPF program of type BPF_PROG_TYPE_CGROUP_DEVICE (bpf(2);
// config-linux.md#allowed-device-list). The last rule about an access decides, so the program goes through them backwards.

import type { Resources } from '../../spec/resources.ts';
import { type DeviceRule, defaultRules } from '../device-rules.ts';

type Instruction = readonly [code: number, registers: number, offset: number, immediate: number];

/** Registers: the result, the context, then type, major and minor, what is left to decide, and a scratch one. */
const result = 0;
const context = 1;
const type = 2;
const major = 3;
const minor = 4;
const scratch = 5;
const pending = 6;

/** Opcodes: class, operation and source. JMP32 compares the low halves alone. */
const loadWord = 0x61;
const moveImmediate = 0xb7;
const moveRegister = 0xbf;
const shiftRight = 0x77;
const and = 0x57;
const jumpIfNotEqual = 0x56;
const jumpIfEqual = 0x16;
const exit = 0x95;

const deviceTypes = { b: 1, c: 2 } as const;
const accessBits: Readonly<Record<string, number>> = { m: 1, r: 2, w: 4 };

/** Instructions as pairs of 32-bit words, as the kernel takes them. */
export function deviceFilter({ devices }: Resources): number[] {
  const rules = [...(devices ?? []), ...defaultRules].toReversed();
  const instructions = [...load, ...rules.flatMap(ruleCode), ...answer(0)];
  return instructions.flatMap(([code, registers, offset, immediate]) => [
    (code | (registers << 8) | ((offset & 0xffff) << 16)) >>> 0,
    immediate >>> 0,
  ]);
}

/** struct bpf_cgroup_dev_ctx: access in the upper and type in the lower half of a word, major, minor. */
const load: readonly Instruction[] = [
  [loadWord, from(type, context), 0, 0],
  [moveRegister, from(pending, type), 0, 0],
  [shiftRight, pending, 0, 16],
  [and, type, 0, 0xffff],
  [loadWord, from(major, context), 4, 0],
  [loadWord, from(minor, context), 8, 0],
];

function from(to: number, source: number): number {
  return to | (source << 4);
}

/** Allowed access is crossed off, and nothing left means yes; denied access that is left means no. */
function ruleCode(rule: DeviceRule): Instruction[] {
  const access = [...(rule.access ?? 'rwm')].reduce((bits, letter) => bits | (accessBits[letter] ?? 0), 0);
  const decision: Instruction[] = rule.allow
    ? [[and, pending, 0, ~access], [jumpIfNotEqual, pending, answer(1).length, 0], ...answer(1)]
    : [
        [moveRegister, from(scratch, pending), 0, 0],
        [and, scratch, 0, access],
        [jumpIfEqual, scratch, answer(0).length, 0],
        ...answer(0),
      ];
  const tests = matches(rule);
  return [
    ...tests.map(([register, value], index): Instruction => {
      const toNextRule = tests.length - index - 1 + decision.length;
      return [jumpIfNotEqual, register, toNextRule, value];
    }),
    ...decision,
  ];
}

/** Registers and the values that the rule demands. As on v1, a rule for all types is for all numbers. */
function matches(rule: DeviceRule): [register: number, value: number][] {
  if (rule.type !== 'b' && rule.type !== 'c') return [];
  const numbers = [
    [major, rule.major],
    [minor, rule.minor],
  ] as const;
  return [
    [type, deviceTypes[rule.type]],
    ...numbers.flatMap(([register, value]): [number, number][] =>
      value === undefined || value < 0 ? [] : [[register, Number(value)]],
    ),
  ];
}

function answer(value: 0 | 1): Instruction[] {
  return [
    [moveImmediate, result, 0, value],
    [exit, 0, 0, 0],
  ];
}
