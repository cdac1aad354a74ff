// The last steps before a program runs: who it is, what it may do, what it finds (config.md#process).

import { capabilitySets } from '../capability/capability.ts';
import type { InitStep } from '../init/protocol.ts';
import { nofileNumber, rlimitNumber } from '../rlimit/rlimit.ts';
import { memoryPolicySteps } from '../scheduling/memory-policy.ts';
import { schedulingSteps } from '../scheduling/scheduling.ts';
import type { HostFacts } from '../spec/host-facts.ts';
import type { Linux } from '../spec/linux.ts';
import type { Process } from '../spec/process.ts';
import { type Groups, groupsNumber } from './groups.ts';
import type { SeccompSteps } from './seccomp-steps.ts';

const defaultUmask = 0o022;

export type ProcessOptions = {
  readonly groups: Groups;
  readonly labels: readonly InitStep[];
  readonly linux: Linux;
  readonly seccomp: Pick<SeccompSteps, 'early' | 'late'>;
};

/** `available`: capabilities that can be granted. In the order of containment: limits, working directory, then what can no longer be undone. */
export function processSteps(
  process: Process,
  available: bigint,
  nofile: HostFacts['nofile'],
  { groups, labels, linux, seccomp }: ProcessOptions,
): InitStep[] {
  const user = process.user ?? {};
  const { bounding, ...sets } = capabilitySets(process, available);
  return [
    ...rlimitSteps(process, nofile),
    ...schedulingSteps(process),
    ...memoryPolicySteps(linux),
    ...personalitySteps(linux),
    { op: 'cwd', from: '/process/cwd', path: process.cwd },
    { op: 'umask', from: '/process/user/umask', mask: user.umask ?? defaultUmask },
    ...labels,
    { op: 'boundingSet', from: '/process/capabilities/bounding', mask: bounding },
    { op: 'stdioOwner', from: '/process/user', uid: user.uid ?? 0 },
    ...seccomp.early,
    {
      op: 'user',
      from: '/process/user',
      uid: user.uid ?? 0,
      gid: user.gid ?? 0,
      groups: user.additionalGids ?? [],
      keepGroups: groupsNumber[groups],
    },
    { op: 'capabilities', from: '/process/capabilities', ...sets },
    ...(process.noNewPrivileges === true
      ? [{ op: 'noNewPrivileges', from: '/process/noNewPrivileges' } as const]
      : []),
    ...programSteps(process),
    ...seccomp.late,
  ];
}

/** PER_* (personality(2)). */
const personas = { LINUX: 0x0, LINUX32: 0x8 } as const;

function personalitySteps({ personality }: Linux): InitStep[] {
  if (personality === undefined) return [];
  return [{ op: 'personality', from: '/linux/personality', persona: personas[personality.domain] }];
}

/** The environment and the program; a process without `args` is only an error at `start`. */
function programSteps({ args = [], env = [] }: Process): InitStep[] {
  // An empty HOME is none, as for runc.
  const entries = lastOfEach(env).filter((entry) => entry !== 'HOME=');
  const home = !entries.some((entry) => entry.startsWith('HOME='));
  return [
    { op: 'environment', from: '/process/env', entries, home },
    ...(args[0] === undefined ? [] : [{ op: 'lookup', from: '/process/args', file: args[0] } as const]),
  ];
}

/** One entry for each name: the last one counts. */
function lastOfEach(entries: readonly string[]): string[] {
  return [...new Map(entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry])).values()];
}

/** The limits of config.json; without one for open files the program gets what slipway was started with. */
function rlimitSteps({ rlimits = [] }: Process, nofile: HostFacts['nofile']): InitStep[] {
  const steps = rlimits.map(
    ({ type, soft, hard }, index): InitStep => ({
      op: 'rlimit',
      from: `/process/rlimits/${index}`,
      resource: rlimitNumber(type) ?? 0,
      soft: BigInt(soft),
      hard: BigInt(hard),
    }),
  );
  if (rlimits.some(({ type }) => type === 'RLIMIT_NOFILE')) return steps;
  return [{ op: 'rlimit', from: 'config.md#posix-process', resource: nofileNumber, ...nofile }, ...steps];
}
