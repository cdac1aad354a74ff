// What runs before the container process: the prepare stage, the first process of a user namespace, the outer init.

import type { CgroupPlan } from '../cgroup/cgroup-steps.ts';
import type { InitStep } from '../init/protocol.ts';
import { enterLines, type NamespaceStep, namespaceFlags } from '../namespace/argv.ts';
import { isNew } from '../namespace/asked.ts';
import { timeOffsetsText } from '../namespace/time-offsets.ts';
import type { Config } from '../spec/config.ts';
import { namespaceOfSysctl, sysctlPointer } from '../sysctl/sysctl.ts';
import type { Plan, PlanOptions } from './plan.ts';

export type Early = {
  readonly userNamespace: boolean;
  readonly namespaces: readonly NamespaceStep[];
  readonly cgroups: CgroupPlan;
  /** What divide() found for the prepare stage. */
  readonly opens: readonly InitStep[];
  /** Gives the number of a slot that is not used yet. */
  readonly nextSlot: () => number;
};

/** What comes before the container process. In a user namespace all that needs the host's credentials is prepared. */
export function earlySteps(
  config: Config,
  options: PlanOptions,
  { userNamespace, namespaces, cgroups, opens, nextSlot }: Early,
): Pick<Plan, 'prepare' | 'user' | 'outer'> {
  const { start, debug, preserveFds } = options;
  const from = 'runtime.md#create';
  const none = { startSlot: 0, resultSlot: 0 };
  const slots = start.kind === 'fifos' ? { startSlot: nextSlot(), resultSlot: nextSlot() } : none;
  const fifos: InitStep[] =
    start.kind === 'fifos' ? [{ op: 'fifos', from, start: start.start, result: start.result, ...slots }] : [];
  const setup = { op: 'setup', from, debug: debug ? 1 : 0, foreground: 0, ...none } as const;
  // The last one, so that its number is how many there are.
  const initSlot = nextSlot();
  const [enter = [], makeOthers] = becomeSteps(namespaces, preserveFds, initSlot);
  const slaveMounts: InitStep = { op: 'slaveMounts', from };
  const root: InitStep = { op: 'becomeRoot', from: '/linux/uidMappings' };
  const cloneInto = userNamespace ? '' : cgroups.cloneInto;
  return {
    prepare: [
      setup,
      { op: 'arrange', from, preserved: preserveFds, slots: initSlot },
      ...(userNamespace || opens.length > 0 ? [slaveMounts] : []),
      ...fifos,
      ...namespaces.flatMap((step) => openSteps(config, step)),
      ...(userNamespace ? cgroups.filters : []),
      ...opens,
      ...timeSteps(config),
      ...enter,
    ],
    user: makeOthers === undefined ? [] : [setup, root, ...makeOthers],
    outer: [
      { ...setup, foreground: start.kind === 'foreground' ? 1 : 0, ...slots },
      ...(userNamespace ? [] : cgroups.filters),
      { op: 'clone', from: cloneInto === '' ? from : '/linux/cgroupsPath', cgroup: cloneInto },
    ],
  };
}

/** How many fds of a stage come before the preserved ones (init/protocol.ts). */
const stageFds = 5;

/** From the prepare stage to the outer init, and where there is a stage between them, from that one on. */
function becomeSteps(
  namespaces: readonly NamespaceStep[],
  preserveFds: number,
  initSlot: number,
): InitStep[][] {
  const fdOf = (slot: number) => `/proc/self/fd/${stageFds + preserveFds + slot - 1}`;
  const numbers = [String(preserveFds), String(initSlot)];
  const lines = enterLines(namespaces, ({ slot }) => fdOf(slot), {
    outer: [fdOf(initSlot), ...numbers],
    stage: [fdOf(initSlot), 'stage', ...numbers],
  });
  return lines.map((argv) => [{ op: 'become', from: '/linux/namespaces', slot: initSlot, argv }]);
}

function openSteps({ linux = {} }: Config, step: NamespaceStep): InitStep[] {
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

function timeSteps(config: Config): InitStep[] {
  if (!isNew(config, 'time')) return [];
  const offsets = timeOffsetsText(config.linux ?? {});
  return [
    { op: 'newTimeNamespace', from: offsets === '' ? '/linux/namespaces' : '/linux/timeOffsets', offsets },
  ];
}
