// What runs before the container process: the prepare stage, the first process of a user namespace, the outer init.

import type { InitStep } from '../init/protocol.ts';
import { enterLines, type NamespaceStep, namespaceFlags } from '../namespace/argv.ts';
import type { SetupIds } from '../namespace/id-map.ts';
import { timeOffsetsText } from '../namespace/time-offsets.ts';
import type { Config } from '../spec/config.ts';
import { namespaceOfSysctl, sysctlPointer } from '../sysctl/sysctl.ts';
import { type Groups, groupsNumber } from './groups.ts';
import type { StageOptions } from './plan.ts';
import { enterSteps } from './shared-steps.ts';

type Linux = NonNullable<Config['linux']>;

export type Early = {
  readonly namespaces: readonly NamespaceStep[];
  /** What the outer init ends with, such as cloneSteps. */
  readonly last: (pidfdSlot: number | null) => readonly InitStep[];
  /**
   * What is opened for the container process, which may lack the credentials: by the prepare stage, which has those of the
   * host; without root, by the outer init, which is root of the user namespace and has a copy of the host's mounts.
   */
  readonly opens: readonly InitStep[];
  /** Opens files with the credentials of the caller: for the output of hooks, of cgroups. */
  readonly files: readonly InitStep[];
  /** Where the socket waits that takes the terminal of the process; null without a terminal. */
  readonly terminalSlot: number | null;
  /** Whether the prepare stage does that in a copy of the host's mounts. */
  readonly slaveMounts: boolean;
  /** Whether it is the outer init that opens. */
  readonly rootless: boolean;
  readonly groups: Groups;
  /** In a new user namespace. */
  readonly setupUser: SetupIds;
  /** Gives the number of a slot that is not used yet. */
  readonly nextSlot: () => number;
};

/** By the stages before the container process; `user` is empty without a new user namespace. */
export type EarlySteps = {
  readonly prepare: readonly InitStep[];
  readonly user: readonly InitStep[];
  readonly outer: readonly InitStep[];
};

export type Clone = {
  /** A v2 directory to clone into, or empty. */
  readonly cgroup: string;
  /** What the joiner does before it clones a process that is parked; null: the container process is a plain clone. */
  readonly parked: readonly InitStep[] | null;
  readonly pidfdSlot: number | null;
};

/** The container process comes into being. */
export function cloneSteps({ cgroup, parked, pidfdSlot }: Clone): InitStep[] {
  const create = 'runtime.md#create';
  const from = cgroup === '' ? create : '/linux/cgroupsPath';
  if (parked === null) return [{ op: 'clone', from, cgroup, pidfdSlot }];
  return [
    { op: 'cloneParked', from: create },
    ...parked,
    { op: 'cloneJoined', from: create },
    { op: 'cloneBuilder', from, cgroup, pidfdSlot },
  ];
}

/** The joiner has nothing of the host but its pid namespace, and leaves that to its clone. */
export function parkSteps(namespaces: readonly NamespaceStep[]): InitStep[] {
  const pid = namespaces.filter(({ type }) => type === 'pid');
  return [{ op: 'emptyRoot', from: 'runtime.md#create' }, ...enterSteps(pid)];
}

/** What comes before the container process. */
export function earlySteps(
  linux: Linux,
  options: StageOptions,
  { namespaces, last, opens, files, terminalSlot, slaveMounts, rootless, groups, setupUser, nextSlot }: Early,
): EarlySteps {
  const { start, debug, consoleSocket, pidfdSocket } = options;
  const preserved = options.preserved.length;
  const from = 'runtime.md#create';
  const none = { startSlot: null, resultSlot: null };
  const slots = start.kind === 'fifos' ? { startSlot: nextSlot(), resultSlot: nextSlot() } : null;
  const pidfdSlot = pidfdSocket === null ? null : nextSlot();
  const sockets = [
    ...connectSteps('/process/terminal', consoleSocket, terminalSlot),
    ...connectSteps(from, pidfdSocket, pidfdSlot),
  ];
  const relays: InitStep[] =
    terminalSlot !== null && start.kind === 'foreground'
      ? [{ op: 'relay', from: '/process/terminal', slot: terminalSlot }]
      : [];
  const fifos: InitStep[] =
    start.kind === 'fifos' && slots !== null
      ? [{ op: 'fifos', from, start: start.start, result: start.result, ...slots }]
      : [];
  const setup = { op: 'setup', from, debug, foreground: false, ...none } as const;
  // The last one, so that its number is how many there are.
  const initSlot = nextSlot();
  const [enter = [], makeOthers] = becomeSteps(namespaces, preserved, initSlot, groups);
  const privileged = [...opens, ...timeSteps(linux, namespaces)];
  return {
    prepare: [
      setup,
      { op: 'arrange', from, preserved, slots: initSlot },
      ...(slaveMounts ? [{ op: 'slaveMounts', from } as const] : []),
      ...sockets,
      ...files,
      ...fifos,
      ...namespaces.flatMap((step) => openSteps(linux, step)),
      ...(rootless ? [] : privileged),
      ...enter,
    ],
    user: makeOthers === undefined ? [] : [setup, becomeSetupUserStep(setupUser, groups), ...makeOthers],
    outer: [
      { ...setup, foreground: start.kind === 'foreground', ...(slots ?? none) },
      ...relays,
      ...(rootless ? privileged : []),
      ...last(pidfdSlot),
    ],
  };
}

/** In a user namespace that was made or joined. */
export function becomeSetupUserStep(ids: SetupIds, groups: Groups): InitStep {
  return { op: 'becomeSetupUser', from: '/linux/uidMappings', ...ids, keepGroups: groupsNumber[groups] };
}

/** Null: no socket was given, or nothing goes there. */
function connectSteps(from: string, path: string | null, slot: number | null): InitStep[] {
  return path === null || slot === null ? [] : [{ op: 'connectSocket', from, slot, path }];
}

/** How many fds of a stage come before the preserved ones (init/protocol.ts). */
const stageFds = 5;

/** From the prepare stage to the outer init, and where there is a stage between them, from that one on. */
function becomeSteps(
  namespaces: readonly NamespaceStep[],
  preserveFds: number,
  initSlot: number,
  groups: Groups,
): InitStep[][] {
  const fdOf = (slot: number) => `/proc/self/fd/${stageFds + preserveFds + slot - 1}`;
  const numbers = [String(preserveFds), String(initSlot)];
  const init = {
    outer: [fdOf(initSlot), ...numbers],
    stage: [fdOf(initSlot), 'stage', ...numbers],
  };
  const lines = enterLines(namespaces, ({ slot }) => fdOf(slot), init, groups !== 'set');
  return lines.map((argv) => [{ op: 'become', from: '/linux/namespaces', slot: initSlot, argv }]);
}

function openSteps(linux: Linux, step: NamespaceStep): InitStep[] {
  if (step.op !== 'joinNamespace') return [];
  const { from, type, path, slot } = step;
  const open: InitStep = {
    op: 'openNamespace',
    from: `${from}/path`,
    slot,
    path,
    type: namespaceFlags[type],
  };
  // A parameter that belongs to namespaces of the type must not change the host's.
  const name = Object.keys(linux.sysctl ?? {}).find((name) => namespaceOfSysctl(name) === type);
  return name === undefined ? [open] : [open, { op: 'demandOther', from: sysctlPointer(name), slot, path }];
}

function timeSteps(linux: Linux, namespaces: readonly NamespaceStep[]): InitStep[] {
  if (!namespaces.some(({ op, type }) => op === 'newNamespace' && type === 'time')) return [];
  const offsets = timeOffsetsText(linux);
  return [
    { op: 'newTimeNamespace', from: offsets === '' ? '/linux/namespaces' : '/linux/timeOffsets', offsets },
  ];
}
