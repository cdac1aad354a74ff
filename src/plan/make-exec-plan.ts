// A further process in a container: all its namespaces are joined, through those of the container process.

import { availableCapabilities } from '../capability/capability.ts';
import { type ContainerCgroup, joinSteps } from '../cgroup/container-cgroup.ts';
import { workSlot } from '../init/protocol.ts';
import { namespaceFiles } from '../namespace/argv.ts';
import { namespaceOf } from '../namespace/asked.ts';
import { rdtJoins } from '../rdt/rdt.ts';
import { affinitySteps } from '../scheduling/scheduling.ts';
import type { Config } from '../spec/config.ts';
import type { HostFacts } from '../spec/host-facts.ts';
import type { Process } from '../spec/process.ts';
import { groupsOf } from './groups.ts';
import { labelSteps } from './labels.ts';
import type { Plan, StageOptions } from './plan.ts';
import { processSteps } from './process-steps.ts';
import { seccompSteps } from './seccomp-steps.ts';
import {
  enterSteps,
  hostSteps,
  keyringStep,
  type Namespaces,
  namespaceSteps,
  stdioSteps,
} from './shared-steps.ts';
import { cloneSteps, earlySteps } from './stages.ts';

/** The part of a plan that a further process needs. */
export type ExecPlan = Pick<Plan, 'prepare' | 'outer' | 'process' | 'container'>;

/** The container that is joined. */
export type Target = {
  readonly id: string;
  /** As it was created; its `process` is the one to run. */
  readonly config: Config;
  /** Pid of the container process. */
  readonly pid: number;
  /** Where the process is to be. */
  readonly cgroups: readonly ContainerCgroup[];
  readonly ownKeyring: boolean;
  /** Its user namespace may deny setgroups(2): it was not made by root of the host. */
  readonly denyGroups: boolean;
};

/** `process` has passed validate/ as the one of `target.config`. */
export function makeExecPlan(
  target: Target,
  process: Process,
  options: StageOptions,
  facts: HostFacts,
): ExecPlan {
  const { config, cgroups } = target;
  let slots: number = workSlot;
  const nextSlot = () => ++slots;
  const namespaces = namespaceSteps(joined(target), nextSlot);
  const userNamespace = namespaceOf(config, 'user') !== undefined;
  const labels = labelSteps(process, facts.lsm, nextSlot);
  const terminalSlot = process.terminal === true ? nextSlot() : 0;
  const joins = joinSteps(userNamespace ? [] : cgroups, '/linux/cgroupsPath');
  const groups = groupsOf(config, target.denyGroups);
  const seccomp = seccompSteps(config, options.filter);
  const available = availableCapabilities(facts.capabilities, userNamespace);
  const early = earlySteps({}, options, {
    namespaces,
    last: cloneSteps(joins.cloneInto, affinitySteps(process, 'initial')),
    opens: [],
    logs: [],
    terminalSlot,
    slaveMounts: false,
    rootless: false,
    groups,
    nextSlot,
  });
  return {
    prepare: early.prepare,
    outer: early.outer,
    process: [
      ...hostSteps(process, userNamespace ? cgroups : []),
      ...rdtJoins(config.linux ?? {}, target.id, facts.resctrl),
    ],
    container: [
      ...joins.joins,
      ...affinitySteps(process, 'final'),
      ...labels.open,
      ...enterSteps(namespaces),
      { op: 'openRoot', from: '/root/path' },
      ...stdioSteps(process, terminalSlot),
      ...(target.ownKeyring ? [keyringStep(config, target.id)] : []),
      ...processSteps(process, available, facts.nofile, {
        makeCwd: false,
        groups,
        labels: labels.write,
        linux: config.linux ?? {},
        seccomp,
      }),
      { op: 'exec', from: '/process/args', args: process.args ?? [], ...seccomp.atExec },
    ],
  };
}

function joined({ config, pid }: Target): Namespaces {
  return (config.linux?.namespaces ?? []).map(({ type }) => ({
    type,
    path: `/proc/${pid}/ns/${namespaceFiles[type]}`,
  }));
}
