// A seccomp profile as lines for the compiler, slipway-seccomp (config-linux.md#seccomp; compiler.c).

import { annotation, annotationNames } from '../spec/annotations.ts';
import type { Config } from '../spec/config.ts';
import { pointer } from '../spec/diagnostic.ts';
import type { Seccomp } from '../spec/seccomp.ts';

/** What an action returns to the kernel (seccomp(2)); some have room for a number of 16 bits. */
const actionValues: Readonly<Record<Seccomp['defaultAction'], number>> = {
  SCMP_ACT_KILL: 0x00000000,
  SCMP_ACT_KILL_THREAD: 0x00000000,
  SCMP_ACT_KILL_PROCESS: 0x80000000,
  SCMP_ACT_TRAP: 0x00030000,
  SCMP_ACT_ERRNO: 0x00050000,
  SCMP_ACT_TRACE: 0x7ff00000,
  SCMP_ACT_ALLOW: 0x7fff0000,
  SCMP_ACT_LOG: 0x7ffc0000,
  SCMP_ACT_NOTIFY: 0x7fc00000,
};

export const seccompActions = Object.keys(actionValues);

/** Of a profile that does nothing: the compiler still says what there is. */
export const emptyProfile = `default ${actionValues.SCMP_ACT_ALLOW}\n`;

/** enum scmp_compare of libseccomp. */
const operators = {
  SCMP_CMP_NE: 1,
  SCMP_CMP_LT: 2,
  SCMP_CMP_LE: 3,
  SCMP_CMP_EQ: 4,
  SCMP_CMP_GE: 5,
  SCMP_CMP_GT: 6,
  SCMP_CMP_MASKED_EQ: 7,
} as const;

export const seccompOperators = Object.keys(operators);

/** SECCOMP_FILTER_FLAG_* (linux/seccomp.h). */
const flagBits = {
  SECCOMP_FILTER_FLAG_TSYNC: 1 << 0,
  SECCOMP_FILTER_FLAG_LOG: 1 << 1,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW: 1 << 2,
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: 1 << 5,
} as const;

export const seccompFlags = Object.keys(flagBits);

/** Those that have their bit in what a kernel knows. */
export function flagsIn(bits: number): string[] {
  return Object.entries(flagBits).flatMap(([name, bit]) => ((bits & bit) === 0 ? [] : [name]));
}

const flagNewListener = 1 << 3;
const flagTsyncEsrch = 1 << 4;

const permissionDenied = 1;

/** Actions that carry an errno: the value for SCMP_ACT_ERRNO, a message for a tracer. */
export function takesErrno(action: Seccomp['defaultAction']): boolean {
  return action === 'SCMP_ACT_ERRNO' || action === 'SCMP_ACT_TRACE';
}

/** The action as the kernel takes it. */
export function actionValue(action: Seccomp['defaultAction'], errno: number = permissionDenied): number {
  return (actionValues[action] | (takesErrno(action) ? errno : 0)) >>> 0;
}

/** The socket of the agent that gets the listener, and the property that names it; null when nobody is named. */
export function agentOf(config: Config): { readonly path: string; readonly from: string } | null {
  const configured = config.linux?.seccomp?.listenerPath;
  if (configured !== undefined) return { path: configured, from: '/linux/seccomp/listenerPath' };
  const path = annotation(config, 'seccompReceiver');
  return path === '' ? null : { path, from: pointer(['annotations', annotationNames.seccompReceiver]) };
}

/** Whether somebody outside of the container is asked about some syscalls. */
export function asksListener({ syscalls = [] }: Seccomp): boolean {
  return syscalls.some(({ action }) => action === 'SCMP_ACT_NOTIFY');
}

/** The flags of seccomp(2). One for a listener, and with TSYNC an errno in place of a thread id, which would look like its fd. */
export function filterFlags(seccomp: Seccomp): number {
  const asked = (seccomp.flags ?? []).reduce((bits, flag) => bits | flagBits[flag], 0);
  if (!asksListener(seccomp)) return asked;
  return asked | flagNewListener | (asked & flagBits.SECCOMP_FILTER_FLAG_TSYNC ? flagTsyncEsrch : 0);
}

/** Names of syscalls that can be none, so that no compiler need see them. */
export function impossibleNames({ syscalls = [] }: Seccomp): string[] {
  return syscalls.flatMap(({ names }) => names.filter((name) => !isPossible(name)));
}

function isPossible(name: string): boolean {
  return /^\w+$/.test(name);
}

/** The lines. */
export function profileText(seccomp: Seccomp): string {
  const { defaultAction, defaultErrnoRet, architectures = [], syscalls = [] } = seccomp;
  return [
    `default ${actionValue(defaultAction, defaultErrnoRet)}`,
    ...architectures.map((name) => `architecture ${name.slice('SCMP_ARCH_'.length).toLowerCase()}`),
    ...syscalls.flatMap(({ names, action, errnoRet, args = [] }, index) =>
      names
        .filter(isPossible)
        .flatMap((name) =>
          alternatives(args).map((comparisons) =>
            ['rule', index, actionValue(action, errnoRet), name, ...comparisons].join(' '),
          ),
        ),
    ),
    '',
  ].join('\n');
}

type Argument = NonNullable<NonNullable<Seccomp['syscalls']>[number]['args']>[number];

/** All comparisons of a rule must hold; where one argument is compared twice, which no single rule can do, any of them (as runc). */
function alternatives(args: readonly Argument[]): string[][] {
  const texts = args.map(({ index, op, value, valueTwo = 0 }) =>
    [index, operators[op], value, valueTwo].join(':'),
  );
  const distinct = new Set(args.map(({ index }) => index)).size === args.length;
  return distinct ? [texts] : texts.map((text) => [text]);
}
