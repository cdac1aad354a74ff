// What each process does for a new container, as lists of steps, which the scripts put in order.

import type { CgroupStep, CgroupWriteStep, Freezer } from '../cgroup/cgroup-steps.ts';
import type { ContainerCgroup } from '../cgroup/container-cgroup.ts';
import { planScope, type ScopePlan } from '../cgroup/systemd/scope.ts';
import type { HookStep } from '../hook/hook-steps.ts';
import type { InitStep } from '../init/protocol.ts';
import type { NamespaceStep } from '../namespace/argv.ts';
import { isNew, mountsAtCaller, namespaceOf } from '../namespace/asked.ts';
import { checkIdMaps, type IdMapStep, setupIds, writeIdMaps, writeOwnIdMaps } from '../namespace/id-map.ts';
import { netDeviceSteps } from '../network/net-devices.ts';
import { type RdtStep, rdtJoins, rdtSteps } from '../rdt/rdt.ts';
import type { Config } from '../spec/config.ts';
import { type HostFacts, isRootless } from '../spec/host-facts.ts';
import { ownerSteps } from './cgroup-owner.ts';
import { containerSteps, idMapsOf } from './container-steps.ts';
import { type Draft, draftOf } from './draft.ts';
import type { BindRootStep, ProcessStep } from './host-step.ts';
import type { PlanOptions } from './plan.ts';
import { hostSteps, joinCgroupSteps } from './shared-steps.ts';
import { cloneSteps, type EarlySteps, earlySteps, parkSteps } from './stages.ts';

export type ContainerParts = {
  /** Absolute path on the host. */
  readonly rootfs: string;
  /** For a container in the mount namespace of the caller. */
  readonly callerRoot: readonly BindRootStep[];
  readonly namespaces: readonly NamespaceStep[];
  /** The unit that systemd makes the cgroup for; null without systemd. */
  readonly scope: ScopePlan | null;
  readonly rdt: readonly RdtStep[];
  /** Before the container process exists. */
  readonly cgroups: readonly CgroupStep[];
  /** Once it exists. */
  readonly lateCgroups: readonly CgroupWriteStep[];
  readonly containerCgroups: readonly ContainerCgroup[];
  /** Host directories above them, deepest first. */
  readonly cgroupParents: readonly string[];
  readonly freezers: readonly Freezer[];
  /** Run by the prepare stage, in the host's namespaces; it ends by becoming nsenter or unshare, and these the init. */
  readonly prepare: readonly InitStep[];
  /** Run by the first process of a new user namespace, once it has its maps, in the same way; empty without one. */
  readonly user: readonly InitStep[];
  /** On the host, once the user namespace is there. */
  readonly idMaps: readonly ProcessStep[];
  /** Run by the outer init; the last one clones the container process. */
  readonly outer: readonly InitStep[];
  /** On the host, once the container process exists. */
  readonly process: readonly ProcessStep[];
  /** In the runtime's namespaces, while the container process waits at `sync`: prestart, then createRuntime. */
  readonly hooks: readonly HookStep[];
  readonly poststart: readonly HookStep[];
  readonly poststop: readonly HookStep[];
  /** Run by the container process; what follows `waitStart` is run at the start. */
  readonly container: readonly InitStep[];
};

/** `config` has passed validate/. */
export function containerParts(config: Config, options: PlanOptions, facts: HostFacts): ContainerParts {
  const { linux = {} } = config;
  const draft = draftOf(config, options, facts);
  const { rootfs, cgroups, hooks } = draft;
  const { container, prepare: opens } = containerSteps(draft);
  return {
    rootfs,
    callerRoot: mountsAtCaller(config) ? [{ op: 'bindRoot', from: '/root/path', path: rootfs }] : [],
    namespaces: draft.namespaces,
    scope: scopeOf(draft),
    rdt: rdtSteps(linux, options.id, facts.resctrl),
    cgroups: [...cgroups.steps, ...ownerSteps(config, cgroups, facts)],
    lateCgroups: cgroups.late,
    containerCgroups: cgroups.cgroups,
    cgroupParents: cgroups.parents,
    freezers: cgroups.freezers,
    ...stagesBefore(draft, opens),
    idMaps: isNew(config, 'user') ? idMapStepsOf(config, facts) : [],
    process: stepsOnProcess(draft),
    ...hooks.onHost,
    container,
  };
}

function scopeOf({ config, options: { id, scope }, facts }: Draft): ScopePlan | null {
  if (scope === null) return null;
  return planScope(id, scope, config, {
    manager: facts.cgroup.v2?.mountpoint ?? '',
    mountpoint: facts.cgroupMounts.v2?.mountpoint ?? '',
  });
}

/** `opens`: what the container process cannot open itself. */
function stagesBefore(draft: Draft, opens: readonly InitStep[]): EarlySteps {
  const { config, options, facts, cgroups, userNamespace, parked, namespaces, labels } = draft;
  const rootless = isRootless(facts.caller);
  return earlySteps(config.linux ?? {}, options, {
    namespaces,
    last: (pidfdSlot) => [
      // In a user namespace the outer init has no right to a filter.
      ...(userNamespace ? [] : cgroups.filters),
      ...cloneSteps({
        // Nor can a clone there join a cgroup.
        cgroup: userNamespace ? '' : cgroups.cloneInto,
        parked: parked ? [...labels.open, ...labels.write, ...parkSteps(namespaces)] : null,
        pidfdSlot,
      }),
    ],
    opens: [...(userNamespace ? cgroups.filters : []), ...opens],
    files: [...draft.logs, ...draft.opened.map(({ open }) => open)],
    terminalSlot: draft.terminalSlot,
    slaveMounts: !mountsAtCaller(config) && !rootless && (userNamespace || opens.length > 0),
    rootless,
    groups: draft.groups,
    setupUser: setupIds(idMapsOf(config), config.process?.user),
    nextSlot: draft.nextSlot,
  });
}

/** On the host, with the container process. */
function stepsOnProcess({
  config,
  options,
  facts,
  cgroups,
  hostRoot,
  userNamespace,
  parked,
}: Draft): ProcessStep[] {
  const { linux = {} } = config;
  return [
    ...(isNew(config, 'user') ? [] : idMapStepsOf(config, facts)),
    ...joinCgroupSteps(userNamespace || parked ? cgroups.cgroups : []),
    ...hostSteps(config.process, hostRoot && userNamespace ? idMapsOf(config).uids : null),
    ...rdtJoins(linux, options.id, facts.resctrl),
    ...netDeviceSteps(linux),
  ];
}

function idMapStepsOf(config: Config, { caller }: HostFacts): IdMapStep[] {
  const { uidMappings: uids = [], gidMappings: gids = [] } = config.linux ?? {};
  if (namespaceOf(config, 'user') === undefined || uids.length + gids.length === 0) return [];
  if (!isNew(config, 'user')) return checkIdMaps({ uids, gids });
  return isRootless(caller) ? writeOwnIdMaps({ uids, gids }, caller) : writeIdMaps({ uids, gids });
}
