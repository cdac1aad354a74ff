// Config and host facts to a plan. Pure: it touches nothing.

import { allCapabilities } from '../capability/capability.ts';
import { type CgroupPlan, cgroupPath, planCgroups } from '../cgroup/cgroup-steps.ts';
import { type InitStep, workSlot } from '../init/protocol.ts';
import type { MountContext } from '../mount/mount-steps.ts';
import type { NamespaceStep } from '../namespace/argv.ts';
import { type IdMapStep, idMapSteps } from '../namespace/id-map.ts';
import { timeOffsetsText } from '../namespace/time-offsets.ts';
import type { Config } from '../spec/config.ts';
import type { HostFacts } from '../spec/host-facts.ts';
import type { NamespaceType } from '../spec/linux.ts';
import type { Plan, PlanOptions, ProcessStep } from './plan.ts';
import { divide } from './prepare.ts';
import { processSteps } from './process-steps.ts';
import { rootSteps } from './root-steps.ts';

/** `config` has passed validate/. */
export function makePlan(config: Config, options: PlanOptions, facts: HostFacts): Plan {
  const { linux = {} } = config;
  const path = cgroupPath(options.id, linux.cgroupsPath);
  const cgroups = planCgroups(path, linux.resources ?? {}, facts.cgroup);
  const rootfs = config.root.path.startsWith('/')
    ? config.root.path
    : `${options.bundle}/${config.root.path}`;
  const idMaps = { uids: linux.uidMappings ?? [], gids: linux.gidMappings ?? [] };
  const userNamespace = has(config, 'user');
  let slots: number = workSlot;
  const nextSlot = () => ++slots;
  const context: MountContext = {
    bundle: options.bundle,
    facts,
    cgroupPath: path,
    newCgroupNamespace: isNew(config, 'cgroup'),
    idMaps,
  };
  const namespaces = namespaceSteps(config, nextSlot);
  const available = userNamespace ? allCapabilities : facts.capabilities;
  const divided = divide(
    [
      ...(userNamespace ? [] : cgroups.joins),
      ...namespaces.flatMap(enterSteps),
      ...namespaceContents(config, options),
      ...rootSteps(config, rootfs, options.noPivot, context),
      ...(config.process === undefined ? [] : processSteps(config.process, available, facts.nofile)),
      { op: 'waitStart', from: 'runtime.md#start' },
      { op: 'exec', from: '/process/args', args: config.process?.args ?? [] },
    ],
    { userNamespace, ...idMaps, nextSlot },
  );
  const early = earlySteps(config, options, { userNamespace, cgroups, opens: divided.prepare, nextSlot });
  return {
    rootfs,
    namespaces,
    cgroups: cgroups.steps,
    cgroupDirectories: cgroups.directories,
    ...early,
    initSlot: early.prepare.length === 0 ? 0 : nextSlot(),
    slots,
    idMaps: idMapStepsOf(config),
    process: onHost(config, userNamespace ? cgroups.directories : []),
    container: divided.container,
  };
}

function namespaceSteps(config: Config, nextSlot: () => number): NamespaceStep[] {
  return (config.linux?.namespaces ?? []).map(({ type, path }, index) => {
    const from = `/linux/namespaces/${index}`;
    if (path === undefined) return { op: 'newNamespace', from, type };
    // Both wait until the container process is in its cgroups, whose files it finds in the host's mount namespace.
    const slot = type === 'mount' || type === 'cgroup' ? nextSlot() : 0;
    return { op: 'joinNamespace', from, type, path, slot };
  });
}

/** cgroup before mount, whatever their order: neither undoes the other. */
function enterSteps(step: NamespaceStep): InitStep[] {
  if (step.op !== 'joinNamespace' || step.slot === 0) return [];
  return [{ op: 'enterNamespace', from: step.from, slot: step.slot }];
}

function isNew(config: Config, type: NamespaceType): boolean {
  return (config.linux?.namespaces ?? []).some(
    (namespace) => namespace.type === type && namespace.path === undefined,
  );
}

function has(config: Config, type: NamespaceType): boolean {
  return (config.linux?.namespaces ?? []).some((namespace) => namespace.type === type);
}

type Early = {
  readonly userNamespace: boolean;
  readonly cgroups: CgroupPlan;
  /** What divide() found for the prepare stage. */
  readonly opens: readonly InitStep[];
  readonly nextSlot: () => number;
};

/** What comes before the container process. In a user namespace all that needs the host's credentials is prepared. */
function earlySteps(
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

function idMapStepsOf(config: Config): IdMapStep[] {
  const { uidMappings: uids = [], gidMappings: gids = [] } = config.linux ?? {};
  if (!has(config, 'user') || uids.length + gids.length === 0) return [];
  return idMapSteps(isNew(config, 'user') ? 'writeIdMap' : 'checkIdMap', uids, gids);
}

/** `cgroups`: where the container process cannot go by itself. */
function onHost({ process }: Config, cgroups: readonly string[]): ProcessStep[] {
  const value = process?.oomScoreAdj;
  return [
    ...cgroups.map(
      (directory): ProcessStep => ({
        op: 'joinCgroup',
        from: '/linux/cgroupsPath',
        procs: `${directory}/cgroup.procs`,
      }),
    ),
    ...(value === undefined ? [] : [{ op: 'oomScoreAdj', from: '/process/oomScoreAdj', value } as const]),
  ];
}

/** What new namespaces lack. */
function namespaceContents(config: Config, options: PlanOptions): InitStep[] {
  const steps: InitStep[] = [];
  const namespaces = '/linux/namespaces';
  if (isNew(config, 'cgroup')) steps.push({ op: 'unshareCgroup', from: namespaces });
  if (!options.noNewKeyring)
    steps.push({ op: 'newKeyring', from: 'runtime.md#create', name: `_ses.${options.id}` });
  if (isNew(config, 'network')) steps.push({ op: 'loopbackUp', from: namespaces });
  const { hostname = '', domainname = '' } = config;
  if (hostname !== '') steps.push({ op: 'hostname', from: '/hostname', name: hostname });
  if (domainname !== '') steps.push({ op: 'domainname', from: '/domainname', name: domainname });
  return steps;
}
