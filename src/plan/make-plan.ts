// Config and host facts to a plan. Pure: it touches nothing.

import { availableCapabilities } from '../capability/capability.ts';
import { cgroupPath, planCgroups } from '../cgroup/cgroup-steps.ts';
import { planScope } from '../cgroup/systemd/scope.ts';
import { hookLogs, hostHooks, initHooks, type LogSlots } from '../hook/hook-steps.ts';
import { type InitStep, workSlot } from '../init/protocol.ts';
import { belowBundle } from '../mount/bind.ts';
import type { MountContext } from '../mount/mount-steps.ts';
import { isNew, namespaceOf } from '../namespace/asked.ts';
import { checkIdMaps, type IdMapStep, writeIdMaps, writeOwnIdMaps } from '../namespace/id-map.ts';
import { netDeviceSteps } from '../network/net-devices.ts';
import { rdtJoins, rdtSteps } from '../rdt/rdt.ts';
import type { Config } from '../spec/config.ts';
import { type HostFacts, isHostRoot, isRootless } from '../spec/host-facts.ts';
import { ownerSteps } from './cgroup-owner.ts';
import { groupsOf } from './groups.ts';
import { labelSteps, mountLabelOption } from './labels.ts';
import type { Plan, PlanOptions } from './plan.ts';
import { divide } from './prepare.ts';
import { processSteps } from './process-steps.ts';
import { rootSteps } from './root-steps.ts';
import { seccompSteps } from './seccomp-steps.ts';
import {
  enterSteps,
  hostSteps,
  keyringStep,
  namespaceSteps,
  stdioStep,
  terminalSteps,
} from './shared-steps.ts';
import { cloneSteps, earlySteps } from './stages.ts';

/** Until the container process is in its cgroups it finds their files in the host's mount namespace. */
const joinedLate = ['mount', 'cgroup'] as const;

/** `config` has passed validate/. */
export function makePlan(config: Config, options: PlanOptions, facts: HostFacts): Plan {
  const { linux = {} } = config;
  const { scope } = options;
  const path = scope?.path ?? cgroupPath(options.id, linux.cgroupsPath);
  const cgroups = planCgroups(path, linux.resources ?? {}, facts.cgroup, scope !== null);
  const rootfs = belowBundle(options.bundle, config.root.path);
  const idMaps = { uids: linux.uidMappings ?? [], gids: linux.gidMappings ?? [] };
  const userNamespace = namespaceOf(config, 'user') !== undefined;
  let slots: number = workSlot;
  const nextSlot = () => ++slots;
  const context: MountContext = {
    bundle: options.bundle,
    facts,
    cgroupPath: path,
    newCgroupNamespace: isNew(config, 'cgroup'),
    labelOption: mountLabelOption(config),
    idMaps,
  };
  const namespaces = namespaceSteps(linux.namespaces ?? [], joinedLate, nextSlot);
  const labels = labelSteps(config.process, facts.lsm, nextSlot);
  const terminalSlot = config.process?.terminal === true ? nextSlot() : 0;
  const console: InitStep[] =
    terminalSlot === 0 ? [] : [{ op: 'console', from: 'config-linux.md#default-devices' }];
  const stdio = [...terminalSteps(config.process, terminalSlot), stdioStep(terminalSlot), ...console];
  const available = availableCapabilities(facts.capabilities, userNamespace);
  const rootless = isRootless(facts.caller);
  const hostRoot = isHostRoot(facts.caller);
  const groups = groupsOf(config, !hostRoot);
  const logs = hookLogs(config, nextSlot);
  const hooks = hookSteps(config, options, logs);
  const seccomp = seccompSteps(config, options.filter);
  const divided = divide(
    [
      ...(userNamespace ? [] : cgroups.joins),
      ...labels.open,
      ...enterSteps(namespaces),
      ...namespaceContents(config, options),
      ...rootSteps(config, { rootfs, noPivot: options.noPivot, hooks: hooks.beforePivot, stdio }, context),
      ...(config.process === undefined
        ? []
        : processSteps(config.process, available, facts.nofile, {
            makeCwd: true,
            groups,
            labels: labels.write,
            linux,
            seccomp,
          })),
      { op: 'waitStart', from: 'runtime.md#start' },
      ...hooks.beforeExec,
      { op: 'exec', from: '/process/args', args: config.process?.args ?? [], ...seccomp.atExec },
    ],
    { userNamespace, ...idMaps, makesNodes: hostRoot, nextSlot },
  );
  const opens = divided.prepare;
  const maps = idMapStepsOf(config, facts);
  // Only host root may filter; nobody else's container can get hold of a device that its caller has no access to.
  const filters = hostRoot ? cgroups.filters : [];
  const early = earlySteps(linux, options, {
    namespaces,
    // In a user namespace the container process cannot join by itself, and the outer init has no right to a filter.
    last: userNamespace ? cloneSteps('', []) : cloneSteps(cgroups.cloneInto, filters),
    opens: [...(userNamespace ? filters : []), ...opens],
    logs: logs.open,
    terminalSlot,
    slaveMounts: !rootless && (userNamespace || opens.length > 0),
    rootless,
    groups,
    nextSlot,
  });
  return {
    rootfs,
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
      ...hostSteps(config.process, userNamespace ? cgroups.cgroups : []),
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

/** What new namespaces lack. */
function namespaceContents(config: Config, options: PlanOptions): InitStep[] {
  const steps: InitStep[] = [];
  const namespaces = '/linux/namespaces';
  if (isNew(config, 'cgroup')) steps.push({ op: 'unshareCgroup', from: namespaces });
  if (!options.noNewKeyring) steps.push(keyringStep(config, options.id));
  if (isNew(config, 'network')) steps.push({ op: 'loopbackUp', from: namespaces });
  const { hostname = '', domainname = '' } = config;
  if (hostname !== '') steps.push({ op: 'hostname', from: '/hostname', name: hostname });
  if (domainname !== '') steps.push({ op: 'domainname', from: '/domainname', name: domainname });
  return steps;
}
