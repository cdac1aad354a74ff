// What the steps of a new container depend on: read once from the config, the options and the host facts.

import { type CgroupPlan, cgroupPath, planCgroups } from '../cgroup/cgroup-steps.ts';
import type { ContainerCgroup } from '../cgroup/container-cgroup.ts';
import { hookLogs, hostHooks, initHooks, type LogSlots } from '../hook/hook-steps.ts';
import { type InitStep, workSlot } from '../init/protocol.ts';
import { belowBundle } from '../mount/bind.ts';
import type { NamespaceStep } from '../namespace/argv.ts';
import { isParked, namespaceOf } from '../namespace/asked.ts';
import type { Config } from '../spec/config.ts';
import { type HostFacts, isHostRoot } from '../spec/host-facts.ts';
import { type Groups, groupsOf } from './groups.ts';
import { labelSteps } from './labels.ts';
import type { PlanOptions } from './plan.ts';
import { namespaceSteps } from './shared-steps.ts';

/**
 * Until the container process is in its cgroups it finds their files in the host's mount namespace; and only the joiner may
 * go to a pid namespace where there are others (init/protocol.ts).
 */
const joinedLate = ['mount', 'cgroup', 'pid'] as const;

export type Draft = {
  readonly config: Config;
  readonly options: PlanOptions;
  readonly facts: HostFacts;
  /** Absolute path on the host. */
  readonly rootfs: string;
  /** Of the cgroup, below the root of every hierarchy. */
  readonly cgroupPath: string;
  readonly cgroups: CgroupPlan;
  readonly hostRoot: boolean;
  readonly userNamespace: boolean;
  /** The container process waits while a builder makes its root file system. */
  readonly parked: boolean;
  readonly groups: Groups;
  readonly namespaces: readonly NamespaceStep[];
  readonly labels: ReturnType<typeof labelSteps>;
  /** Slot of the socket that takes the terminal; null without a terminal. */
  readonly terminalSlot: number | null;
  readonly hooks: ReturnType<typeof hookSteps>;
  /** Opens the files that the output of hooks is added to. */
  readonly logs: readonly InitStep[];
  /** Cgroups that the builder joins through their open files. */
  readonly opened: ReturnType<typeof openedCgroups>;
  /** Gives the number of a slot that is not used yet. */
  readonly nextSlot: () => number;
};

export function draftOf(config: Config, options: PlanOptions, facts: HostFacts): Draft {
  const { linux = {} } = config;
  const { scope } = options;
  const hostRoot = isHostRoot(facts.caller);
  const path = scope?.path ?? cgroupPath(options.id, linux.cgroupsPath);
  const cgroups = planCgroups(path, linux.resources ?? {}, facts.cgroup, {
    made: scope !== null,
    // Nobody else's container can get hold of a device that its caller has no access to.
    filters: hostRoot,
  });
  const userNamespace = namespaceOf(config, 'user') !== undefined;
  const parked = isParked(config);
  let slots: number = workSlot;
  const nextSlot = () => ++slots;
  const namespaces = namespaceSteps(linux.namespaces ?? [], joinedLate, nextSlot);
  const labels = labelSteps(config.process, facts.lsm, nextSlot);
  const terminalSlot = config.process?.terminal === true ? nextSlot() : null;
  const logs = hookLogs(config, nextSlot);
  return {
    config,
    options,
    facts,
    rootfs: belowBundle(options.bundle, config.root.path),
    cgroupPath: path,
    cgroups,
    hostRoot,
    userNamespace,
    parked,
    groups: groupsOf(config, !hostRoot),
    namespaces,
    labels,
    terminalSlot,
    hooks: hookSteps(config, options, logs),
    logs: logs.open,
    opened: parked && userNamespace ? openedCgroups(cgroups.cgroups, nextSlot) : [],
    nextSlot,
  };
}

function hookSteps(config: Config, { id, bundle }: PlanOptions, logs: LogSlots) {
  const hooks = [...hostHooks(config, 'prestart'), ...hostHooks(config, 'createRuntime')];
  const { ociVersion, annotations = {} } = config;
  const state = { ociVersion, id, bundle, annotations };
  const sync: InitStep[] = hooks.length === 0 ? [] : [{ op: 'sync', from: 'runtime.md#lifecycle' }];
  return {
    onHost: {
      hooks,
      poststart: hostHooks(config, 'poststart'),
      poststop: hostHooks(config, 'poststop'),
    },
    beforePivot: [...sync, ...initHooks(config, 'createContainer', { ...state, status: 'creating' }, logs)],
    beforeExec: initHooks(config, 'startContainer', { ...state, status: 'created' }, logs),
  };
}

/** How the builder joins cgroups from a user namespace that has no rights to them. */
function openedCgroups(cgroups: readonly ContainerCgroup[], nextSlot: () => number) {
  const from = '/linux/cgroupsPath';
  return cgroups.map(({ directory, version }) => {
    const slot = nextSlot();
    const path = `${directory}/${version === 1 ? 'tasks' : 'cgroup.procs'}`;
    return {
      open: { op: 'openCgroup', from, slot, path } satisfies InitStep,
      join: { op: 'joinOpened', from, slot } satisfies InitStep,
    };
  });
}
