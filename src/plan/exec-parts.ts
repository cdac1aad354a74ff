// A further process in a container: all its namespaces are joined, through those of the container process.

import { availableCapabilities } from '../capability/capability.ts';
import { type ContainerCgroup, joinSteps } from '../cgroup/container-cgroup.ts';
import { type InitStep, workSlot } from '../init/protocol.ts';
import { type JoinNamespace, type NamespaceStep, namespaceFiles } from '../namespace/argv.ts';
import { mountsAtCaller, namespaceOf } from '../namespace/asked.ts';
import { setupIds } from '../namespace/id-map.ts';
import { rdtJoins } from '../rdt/rdt.ts';
import { affinitySteps } from '../scheduling/scheduling.ts';
import type { Config } from '../spec/config.ts';
import { type HostFacts, isHostRoot, isRootless } from '../spec/host-facts.ts';
import type { NamespaceType } from '../spec/linux.ts';
import type { IdMaps } from '../spec/mounts.ts';
import type { Process } from '../spec/process.ts';
import type { ContainerParts } from './container-parts.ts';
import { groupsOf } from './groups.ts';
import type { ProcessStep } from './host-step.ts';
import { labelSteps } from './labels.ts';
import type { StageOptions } from './plan.ts';
import { processSteps } from './process-steps.ts';
import { seccompSteps } from './seccomp-steps.ts';
import {
  enterStep,
  hostSteps,
  joinCgroupSteps,
  joinKeyringSteps,
  type Namespaces,
  namespaceSteps,
  spreadSteps,
  stdioStep,
  terminalSteps,
} from './shared-steps.ts';
import { becomeSetupUserStep, earlySteps } from './stages.ts';

export type ExecParts = Pick<ContainerParts, 'prepare' | 'outer' | 'process' | 'container'> & {
  /** Run by the joiner, a child of the outer init; the last one clones the container process. */
  readonly joiner: readonly InitStep[];
  /** On the host, where the limit of processes leaves no room for the joiner: the container process joins by slipway's hand. */
  readonly crowded: readonly ProcessStep[];
};

/** The container that is joined. */
export type Target = {
  readonly id: string;
  /** As it was created; its `process` is the one to run. */
  readonly config: Config;
  /** Pid of the container process. */
  readonly pid: number;
  /** Where the process is to be. */
  readonly cgroups: readonly ContainerCgroup[];
  /** Name of its session keyring; null when it has none of its own. */
  readonly keyring: string | null;
  /** Its user namespace may deny setgroups(2): it was not made by root of the host. */
  readonly denyGroups: boolean;
  /** The map of its user namespace; null without one. */
  readonly uids: IdMaps | null;
};

/** `process` has passed validate/ as the one of `target.config`. */
export function execParts(
  target: Target,
  process: Process,
  options: StageOptions,
  facts: HostFacts,
): ExecParts {
  const { config, cgroups } = target;
  let slots: number = workSlot;
  const nextSlot = () => ++slots;
  const rootless = isRootless(facts.caller);
  const root = rootOf(target, nextSlot);
  const namespaces = namespaceSteps(joined(target), rootless ? allTypes : joinedLate, nextSlot);
  const userNamespace = namespaceOf(config, 'user') !== undefined;
  const labels = labelSteps(process, facts.lsm, nextSlot);
  const terminalSlot = process.terminal === true ? nextSlot() : null;
  const groups = groupsOf(config, target.denyGroups);
  const { uidMappings: uids = [], gidMappings: gids = [] } = config.linux ?? {};
  const setupUser = setupIds({ uids, gids }, process.user);
  const seccomp = seccompSteps(config, options.filter);
  const available = availableCapabilities(facts.capabilities, userNamespace);
  const joins = joinSteps(cgroups, '/linux/cgroupsPath');
  const limited = cgroups.filter(({ controllers }) => controllers.includes('pids'));
  const early = earlySteps({}, options, {
    namespaces,
    last: (pidfdSlot) => [
      ...affinitySteps(process, 'initial'),
      cloneJoinerStep(joins.cloneInto, limited, facts, pidfdSlot),
    ],
    opens: [],
    files: root.open,
    terminalSlot,
    slaveMounts: false,
    rootless: false,
    groups,
    setupUser,
    nextSlot,
  });
  return {
    prepare: early.prepare,
    outer: early.outer,
    process: [
      ...hostSteps(process, isHostRoot(facts.caller) ? target.uids : null),
      ...rdtJoins(config.linux ?? {}, target.id, facts.resctrl),
    ],
    crowded: joinCgroupSteps(limited),
    joiner: [
      ...joins.joins,
      // What execve(2) is to give to the program goes on to its clone.
      ...labels.open,
      ...labels.write,
      ...joinerEnters(namespaces, rootless, becomeSetupUserStep(setupUser, groups)),
      ...root.enter,
      { op: 'openRoot', from: '/root/path', path: '/' },
      ...terminalSteps(process, terminalSlot),
      { op: 'cloneJoined', from: 'runtime.md#create' },
    ],
    container: [
      ...affinitySteps(process, 'final'),
      stdioStep(terminalSlot),
      ...joinKeyringSteps(target.keyring),
      ...processSteps(process, available, facts.nofile, {
        groups,
        labels: [],
        linux: config.linux ?? {},
        seccomp,
      }),
      ...spreadSteps(options.preserved),
      { op: 'exec', from: '/process/args', args: process.args ?? [], ...seccomp.atExec },
    ],
  };
}

/** `limited`: cgroups that limit processes. */
function cloneJoinerStep(
  cgroup: string,
  limited: readonly ContainerCgroup[],
  facts: HostFacts,
  pidfdSlot: number | null,
): InitStep {
  const needsRetreat = limited.some(({ version }) => version === 1);
  return {
    op: 'cloneJoiner',
    from: 'runtime.md#create',
    cgroup,
    retreat: needsRetreat ? retreat(facts) : '',
    pidfdSlot,
  };
}

/** A container in the mount namespace of the caller has no root but that of its process. */
function rootOf({ config, pid }: Target, nextSlot: () => number): Record<'open' | 'enter', InitStep[]> {
  if (!mountsAtCaller(config)) return { open: [], enter: [] };
  const from = '/root/path';
  const slot = nextSlot();
  return {
    open: [{ op: 'openDirectory', from, slot, path: `/proc/${pid}/root` }],
    enter: [{ op: 'changeRoot', from, slot }],
  };
}

/** Where the joiner may be in a v1 hierarchy that can limit processes: its root. It ends as soon as it is there. */
function retreat({ cgroup }: HostFacts): string {
  const pids = cgroup.v1.find(({ controllers }) => controllers.includes('pids'));
  return pids === undefined ? '' : `${pids.mountpoint}/tasks`;
}

/** What must be joined by the joiner: where it shows, or takes credentials of the host away (init/protocol.ts). */
const joinedLate = ['mount', 'pid', 'user', 'cgroup'] as const satisfies readonly NamespaceType[];

/** A caller without root has no right to the other namespaces before it is root of their user namespace. */
const allTypes = Object.keys(namespaceFiles) as NamespaceType[];

/** The user namespace comes first where nothing can be joined without it, else last: with it the host's credentials go. */
function joinerEnters(
  namespaces: readonly NamespaceStep[],
  rootless: boolean,
  becomeSetupUser: InitStep,
): InitStep[] {
  const late = namespaces.filter((step): step is JoinNamespace => step.op === 'joinNamespace' && step.late);
  const user = late
    .filter(({ type }) => type === 'user')
    .flatMap((step) => [enterStep(step), becomeSetupUser]);
  const others = late.filter(({ type }) => type !== 'user').map(enterStep);
  return rootless ? [...user, ...others] : [...others, ...user];
}

function joined({ config, pid }: Target): Namespaces {
  return (config.linux?.namespaces ?? []).map(({ type }) => ({
    type,
    path: `/proc/${pid}/ns/${namespaceFiles[type]}`,
  }));
}
