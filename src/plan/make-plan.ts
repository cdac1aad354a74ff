// Config and host facts to a plan. Pure: it touches nothing.

import { availableCapabilities } from '../capability/capability.ts';
import { cgroupPath, planCgroups } from '../cgroup/cgroup-steps.ts';
import { hostHooks, initHooks } from '../hook/hook-steps.ts';
import { type InitStep, workSlot } from '../init/protocol.ts';
import type { MountContext } from '../mount/mount-steps.ts';
import type { NamespaceStep } from '../namespace/argv.ts';
import { isNew, namespaceOf } from '../namespace/asked.ts';
import { type IdMapStep, idMapSteps } from '../namespace/id-map.ts';
import type { Config } from '../spec/config.ts';
import type { HostFacts } from '../spec/host-facts.ts';
import type { Plan, PlanOptions, ProcessStep } from './plan.ts';
import { divide } from './prepare.ts';
import { processSteps } from './process-steps.ts';
import { rootSteps } from './root-steps.ts';
import { earlySteps } from './stages.ts';

/** `config` has passed validate/. */
export function makePlan(config: Config, options: PlanOptions, facts: HostFacts): Plan {
  const { linux = {} } = config;
  const path = cgroupPath(options.id, linux.cgroupsPath);
  const cgroups = planCgroups(path, linux.resources ?? {}, facts.cgroup);
  const rootfs = config.root.path.startsWith('/')
    ? config.root.path
    : `${options.bundle}/${config.root.path}`;
  const idMaps = { uids: linux.uidMappings ?? [], gids: linux.gidMappings ?? [] };
  const userNamespace = namespaceOf(config, 'user') !== undefined;
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
  const available = availableCapabilities(facts.capabilities, userNamespace);
  const hooks = hookSteps(config, options);
  const divided = divide(
    [
      ...(userNamespace ? [] : cgroups.joins),
      ...namespaces.flatMap(enterSteps),
      ...namespaceContents(config, options),
      ...rootSteps(config, { rootfs, noPivot: options.noPivot, hooks: hooks.beforePivot }, context),
      ...(config.process === undefined ? [] : processSteps(config.process, available, facts.nofile)),
      { op: 'waitStart', from: 'runtime.md#start' },
      ...hooks.beforeExec,
      { op: 'exec', from: '/process/args', args: config.process?.args ?? [] },
    ],
    { userNamespace, ...idMaps, nextSlot },
  );
  const opens = divided.prepare;
  const maps = idMapStepsOf(config);
  const early = earlySteps(config, options, { userNamespace, namespaces, cgroups, opens, nextSlot });
  return {
    rootfs,
    namespaces,
    cgroups: cgroups.steps,
    cgroupDirectories: cgroups.directories,
    cgroupParents: cgroups.parents,
    freezers: cgroups.freezers,
    ...early,
    idMaps: isNew(config, 'user') ? maps : [],
    process: [
      ...(isNew(config, 'user') ? [] : maps),
      ...onHost(config, userNamespace ? cgroups.directories : []),
    ],
    ...hooks.onHost,
    container: divided.container,
  };
}

function hookSteps(config: Config, { id, bundle }: PlanOptions) {
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
    beforePivot: [...sync, ...initHooks(config, 'createContainer', { ...state, status: 'creating' })],
    beforeExec: initHooks(config, 'startContainer', { ...state, status: 'created' }),
  };
}

function namespaceSteps(config: Config, nextSlot: () => number): NamespaceStep[] {
  return (config.linux?.namespaces ?? []).map(({ type, path }, index) => {
    const from = `/linux/namespaces/${index}`;
    if (path === undefined) return { op: 'newNamespace', from, type };
    // Both wait until the container process is in its cgroups, whose files it finds in the host's mount namespace.
    const late = type === 'mount' || type === 'cgroup';
    return { op: 'joinNamespace', from, type, path, slot: nextSlot(), late };
  });
}

function enterSteps(step: NamespaceStep): InitStep[] {
  if (step.op !== 'joinNamespace' || !step.late) return [];
  return [{ op: 'enterNamespace', from: step.from, slot: step.slot }];
}

function idMapStepsOf(config: Config): IdMapStep[] {
  const { uidMappings: uids = [], gidMappings: gids = [] } = config.linux ?? {};
  if (namespaceOf(config, 'user') === undefined || uids.length + gids.length === 0) return [];
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

/** KEY_USR_SEARCH and KEY_OTH_SEARCH: in a user namespace the owner may have no id (as runc does). */
const searchByOwner = 0x80000;
const searchByOthers = 0x8;

/** What new namespaces lack. */
function namespaceContents(config: Config, options: PlanOptions): InitStep[] {
  const steps: InitStep[] = [];
  const namespaces = '/linux/namespaces';
  if (isNew(config, 'cgroup')) steps.push({ op: 'unshareCgroup', from: namespaces });
  if (!options.noNewKeyring)
    steps.push({
      op: 'newKeyring',
      from: 'runtime.md#create',
      name: `_ses.${options.id}`,
      permission: namespaceOf(config, 'user') === undefined ? searchByOwner : searchByOthers,
    });
  if (isNew(config, 'network')) steps.push({ op: 'loopbackUp', from: namespaces });
  const { hostname = '', domainname = '' } = config;
  if (hostname !== '') steps.push({ op: 'hostname', from: '/hostname', name: hostname });
  if (domainname !== '') steps.push({ op: 'domainname', from: '/domainname', name: domainname });
  return steps;
}
