// What runs before the container process: the prepare stage, the first process of a user namespace, the outer init.

import type { CgroupPlan } from '../cgroup/cgroup-steps.ts';
import type { InitStep } from '../init/protocol.ts';
import { isNew } from '../namespace/asked.ts';
import { timeOffsetsText } from '../namespace/time-offsets.ts';
import type { Config } from '../spec/config.ts';
import type { Plan, PlanOptions } from './plan.ts';

export type Early = {
  readonly userNamespace: boolean;
  readonly cgroups: CgroupPlan;
  /** What divide() found for the prepare stage. */
  readonly opens: readonly InitStep[];
  readonly nextSlot: () => number;
};

/** What comes before the container process. In a user namespace all that needs the host's credentials is prepared. */
export function earlySteps(
  config: Config,
  options: PlanOptions,
  { userNamespace, cgroups, opens, nextSlot }: Early,
): Pick<Plan, 'prepare' | 'user' | 'outer'> {
  const { start, debug } = options;
  const from = 'runtime.md#create';
  const fifos = start.kind === 'fifos';
  const setup: InitStep = {
    op: 'setup',
    from,
    debug: debug ? 1 : 0,
    foreground: start.kind === 'foreground' ? 1 : 0,
    startSlot: fifos ? nextSlot() : 0,
    resultSlot: fifos ? nextSlot() : 0,
  };
  const privileged: InitStep[] = [
    ...(fifos ? [{ op: 'fifos', from, start: start.start, result: start.result } as const] : []),
    ...timeSteps(config),
    ...cgroups.filters,
  ];
  const slaveMounts: InitStep = { op: 'slaveMounts', from };
  const clone = (cgroup: string): InitStep => ({
    op: 'clone',
    from: cgroup === '' ? from : '/linux/cgroupsPath',
    cgroup,
  });
  if (userNamespace) {
    const root: InitStep = { op: 'becomeRoot', from: '/linux/uidMappings' };
    return {
      prepare: [setup, slaveMounts, ...privileged, ...opens],
      user: isNew(config, 'user') ? [setup, root] : [],
      outer: [setup, clone('')],
    };
  }
  return {
    prepare: opens.length === 0 ? [] : [setup, slaveMounts, ...opens],
    user: [],
    outer: [setup, ...privileged, clone(cgroups.cloneInto)],
  };
}

function timeSteps(config: Config): InitStep[] {
  if (!isNew(config, 'time')) return [];
  const offsets = timeOffsetsText(config.linux ?? {});
  return [
    { op: 'newTimeNamespace', from: offsets === '' ? '/linux/namespaces' : '/linux/timeOffsets', offsets },
  ];
}
