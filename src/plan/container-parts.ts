// What each process does for a new container: config and host facts to lists of steps, which the scripts put in order.

import { availableCapabilities } from '../capability/capability.ts';
import {
  type CgroupStep,
  type CgroupWriteStep,
  cgroupPath,
  type Freezer,
  planCgroups,
} from '../cgroup/cgroup-steps.ts';
import type { ContainerCgroup } from '../cgroup/container-cgroup.ts';
import { planScope, type ScopePlan } from '../cgroup/systemd/scope.ts';
import { type HookStep, hookLogs, hostHooks, initHooks, type LogSlots } from '../hook/hook-steps.ts';
import { type InitStep, workSlot } from '../init/protocol.ts';
import { belowBundle } from '../mount/bind.ts';
import type { NamespaceStep } from '../namespace/argv.ts';
import { isNew, isParked, mountsAtCaller, namespaceOf } from '../namespace/asked.ts';
import { checkIdMaps, type IdMapStep, setupIds, writeIdMaps, writeOwnIdMaps } from '../namespace/id-map.ts';
import { netDeviceSteps } from '../network/net-devices.ts';
import { type RdtStep, rdtJoins, rdtSteps } from '../rdt/rdt.ts';
import { allCpus } from '../scheduling/scheduling.ts';
import type { Config } from '../spec/config.ts';
import { type HostFacts, isHostRoot, isRootless } from '../spec/host-facts.ts';
import { ownerSteps } from './cgroup-owner.ts';
import { groupsOf } from './groups.ts';
import type { BindRootStep, ProcessStep } from './host-step.ts';
import { labelSteps, mountLabelOption } from './labels.ts';
import type { PlanOptions } from './plan.ts';
import { divide } from './prepare.ts';
import { processSteps } from './process-steps.ts';
import { type RootContext, rootSteps } from './root-steps.ts';
import { seccompSteps } from './seccomp-steps.ts';
import {
  enterSteps,
  hostSteps,
  joinCgroupSteps,
  namespaceSteps,
  newKeyringSteps,
  spreadSteps,
  stdioStep,
  terminalSteps,
} from './shared-steps.ts';
import { cloneSteps, earlySteps, parkSteps } from './stages.ts';

/**
 * Until the container process is in its cgroups it finds their files in the host's mount namespace; and only the joiner may
 * go to a pid namespace where there are others (init/protocol.ts).
 */
const joinedLate = ['mount', 'cgroup', 'pid'] as const;

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
  const { scope } = options;
  const path = scope?.path ?? cgroupPath(options.id, linux.cgroupsPath);
  const hostRoot = isHostRoot(facts.caller);
  const cgroups = planCgroups(path, linux.resources ?? {}, facts.cgroup, {
    made: scope !== null,
    // Nobody else's container can get hold of a device that its caller has no access to.
    filters: hostRoot,
  });
  const rootfs = belowBundle(options.bundle, config.root.path);
  const idMaps = { uids: linux.uidMappings ?? [], gids: linux.gidMappings ?? [] };
  const userNamespace = namespaceOf(config, 'user') !== undefined;
  const atCaller = mountsAtCaller(config);
  let slots: number = workSlot;
  const nextSlot = () => ++slots;
  const context: RootContext = {
    bundle: options.bundle,
    facts,
    cgroupPath: path,
    newCgroupNamespace: isNew(config, 'cgroup'),
    userNamespace,
    labelOption: mountLabelOption(config),
    idMaps,
  };
  const namespaces = namespaceSteps(linux.namespaces ?? [], joinedLate, nextSlot);
  const labels = labelSteps(config.process, facts.lsm, nextSlot);
  const terminalSlot = config.process?.terminal === true ? nextSlot() : 0;
  const console: InitStep[] =
    terminalSlot === 0 ? [] : [{ op: 'console', from: 'config-linux.md#default-devices' }];
  const terminal = terminalSteps(config.process, terminalSlot);
  const parked = isParked(config);
  const stdio = parked
    ? [...terminal, ...console, ...handOverSteps(config, terminalSlot)]
    : [...terminal, stdioStep(terminalSlot), ...console];
  const available = availableCapabilities(facts.capabilities, userNamespace);
  const rootless = isRootless(facts.caller);
  const groups = groupsOf(config, !hostRoot);
  const logs = hookLogs(config, nextSlot);
  const hooks = hookSteps(config, options, logs);
  const seccomp = seccompSteps(config, options.filter);
  const keyring = newKeyringSteps(config, options.keyring);
  const opened = parked && userNamespace ? openedCgroups(cgroups.cgroups, nextSlot) : [];
  const divided = divide(
    [
      ...(userNamespace ? opened.map(({ join }) => join) : cgroups.joins),
      ...(parked ? [] : labels.open),
      ...enterSteps(namespaces.filter(({ type }) => type !== 'pid')),
      ...namespaceContents(config),
      ...(parked ? [] : keyring),
      ...rootSteps(config, { ...options, rootfs, hooks: hooks.beforePivot, stdio }, context),
      ...(parked ? keyring : []),
      allCpus,
      ...(config.process === undefined
        ? []
        : processSteps(config.process, available, facts.nofile, {
            groups,
            labels: parked ? [] : labels.write,
            linux,
            seccomp,
          })),
      { op: 'waitStart', from: 'runtime.md#start' },
      ...hooks.beforeExec,
      ...spreadSteps(options.preserved),
      { op: 'exec', from: '/process/args', args: config.process?.args ?? [], ...seccomp.atExec },
    ],
    { userNamespace, ...idMaps, makesNodes: hostRoot, nextSlot },
  );
  const opens = divided.prepare;
  const maps = idMapStepsOf(config, facts);
  const early = earlySteps(linux, options, {
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
    files: [...logs.open, ...opened.map(({ open }) => open)],
    terminalSlot,
    slaveMounts: !atCaller && !rootless && (userNamespace || opens.length > 0),
    rootless,
    groups,
    setupUser: setupIds(idMaps, config.process?.user),
    nextSlot,
  });
  return {
    rootfs,
    callerRoot: atCaller ? [{ op: 'bindRoot', from: '/root/path', path: rootfs }] : [],
    namespaces,
    scope:
      scope === null
        ? null
        : planScope(options.id, scope, config, {
            manager: facts.cgroup.v2?.mountpoint ?? '',
            mountpoint: facts.cgroupMounts.v2?.mountpoint ?? '',
          }),
    rdt: rdtSteps(linux, options.id, facts.resctrl),
    cgroups: [...cgroups.steps, ...ownerSteps(config, cgroups, facts)],
    lateCgroups: cgroups.late,
    containerCgroups: cgroups.cgroups,
    cgroupParents: cgroups.parents,
    freezers: cgroups.freezers,
    ...early,
    idMaps: isNew(config, 'user') ? maps : [],
    process: [
      ...(isNew(config, 'user') ? [] : maps),
      ...joinCgroupSteps(userNamespace || parked ? cgroups.cgroups : []),
      ...hostSteps(config.process, hostRoot && userNamespace ? idMaps.uids : null),
      ...rdtJoins(linux, options.id, facts.resctrl),
      ...netDeviceSteps(linux),
    ],
    ...hooks.onHost,
    container: divided.container,
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

function idMapStepsOf(config: Config, { caller }: HostFacts): IdMapStep[] {
  const { uidMappings: uids = [], gidMappings: gids = [] } = config.linux ?? {};
  if (namespaceOf(config, 'user') === undefined || uids.length + gids.length === 0) return [];
  if (!isNew(config, 'user')) return checkIdMaps({ uids, gids });
  return isRootless(caller) ? writeOwnIdMaps({ uids, gids }, caller) : writeIdMaps({ uids, gids });
}

/** From the builder to the parked process. */
function handOverSteps(config: Config, terminalSlot: number): InitStep[] {
  const from = 'runtime.md#create';
  const cgroup = namespaceOf(config, 'cgroup') === undefined ? 0 : 1;
  return [
    { op: 'handOver', from, cgroup, terminal: terminalSlot === 0 ? 0 : 1 },
    { op: 'openRoot', from: '/root/path', path: '/' },
    stdioStep(terminalSlot),
  ];
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

/** What new namespaces lack. */
function namespaceContents(config: Config): InitStep[] {
  const steps: InitStep[] = [];
  const namespaces = '/linux/namespaces';
  if (isNew(config, 'cgroup')) steps.push({ op: 'unshareCgroup', from: namespaces });
  if (isNew(config, 'network')) steps.push({ op: 'loopbackUp', from: namespaces });
  const { hostname = '', domainname = '' } = config;
  if (hostname !== '') steps.push({ op: 'hostname', from: '/hostname', name: hostname });
  if (domainname !== '') steps.push({ op: 'domainname', from: '/domainname', name: domainname });
  return steps;
}
