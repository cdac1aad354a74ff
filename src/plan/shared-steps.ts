// Steps that a container and an `exec` into one have in common.

import type { ContainerCgroup } from '../cgroup/container-cgroup.ts';
import type { InitStep } from '../init/protocol.ts';
import type { JoinNamespace, NamespaceStep } from '../namespace/argv.ts';
import { namespaceOf } from '../namespace/asked.ts';
import { hostId } from '../namespace/id-map.ts';
import type { Config } from '../spec/config.ts';
import type { NamespaceType } from '../spec/linux.ts';
import type { IdMaps } from '../spec/mounts.ts';
import type { Process } from '../spec/process.ts';
import type { ProcessStep } from './host-step.ts';

export type Namespaces = NonNullable<NonNullable<Config['linux']>['namespaces']>;

/** `late`: types that are joined by the init and not by nsenter(1), if they are joined at all. */
export function namespaceSteps(
  namespaces: Namespaces,
  late: readonly NamespaceType[],
  nextSlot: () => number,
): NamespaceStep[] {
  return namespaces.map(({ type, path }, index) => {
    const from = `/linux/namespaces/${index}`;
    if (path === undefined) return { op: 'newNamespace', from, type };
    return { op: 'joinNamespace', from, type, path, slot: nextSlot(), late: late.includes(type) };
  });
}

/** For the init: the namespaces that nsenter(1) leaves to it. */
export function enterSteps(namespaces: readonly NamespaceStep[]): InitStep[] {
  return namespaces.flatMap((step) => (step.op === 'joinNamespace' && step.late ? [enterStep(step)] : []));
}

export function enterStep({ from, slot }: JoinNamespace): InitStep {
  return { op: 'enterNamespace', from, slot };
}

/** For cgroups that the container process cannot join by itself. */
export function joinCgroupSteps(cgroups: readonly ContainerCgroup[]): ProcessStep[] {
  return cgroups.map(({ directory }) => ({
    op: 'joinCgroup',
    from: '/linux/cgroupsPath',
    procs: `${directory}/cgroup.procs`,
  }));
}

/** `uids`: of the user namespace that the process is in, where the caller may give files to its users; else null. */
export function hostSteps(process: Process | undefined, uids: IdMaps | null): ProcessStep[] {
  const value = process?.oomScoreAdj;
  const uid = uids === null || process?.terminal === true ? undefined : hostId(uids, process?.user?.uid ?? 0);
  return [
    ...(value === undefined ? [] : [{ op: 'oomScoreAdj', from: '/process/oomScoreAdj', value } as const]),
    ...(uid === undefined ? [] : [{ op: 'giveStdio', from: '/process/user', uid } as const]),
  ];
}

/** The terminal of a process. terminalSlot: of the socket that takes it; null for none. */
export function terminalSteps(process: Process | undefined, terminalSlot: number | null): InitStep[] {
  if (terminalSlot === null) return [];
  const { width = 0, height = 0 } = process?.consoleSize ?? {};
  return [{ op: 'terminal', from: '/process/terminal', slot: terminalSlot, width, height }];
}

/** stdio of a process: that terminal, or what the caller gives. */
export function stdioStep(terminalSlot: number | null): InitStep {
  return terminalSlot === null
    ? { op: 'stdioNull', from: 'config.md#process' }
    : { op: 'controllingTerminal', from: '/process/terminal' };
}

/** Before `exec`: the numbers of preserved fds, where there are gaps between them. */
export function spreadSteps(preserved: readonly number[]): InitStep[] {
  if (preserved.every((fd, index) => fd === 3 + index)) return [];
  return [{ op: 'spreadFds', from: 'runtime.md#lifecycle', numbers: preserved }];
}

/** KEY_USR_SEARCH and KEY_OTH_SEARCH: in a user namespace the owner may have no id (as runc does). */
const searchByOwner = 0x80000;
const searchByOthers = 0x8;

/** The first process gets a session keyring of its own. */
export function newKeyringSteps(config: Config, name: string | null): InitStep[] {
  return joinKeyring(name, namespaceOf(config, 'user') === undefined ? searchByOwner : searchByOthers);
}

/** A further process joins the keyring. Only the owner may set its permission, and in a user namespace this process need not be the owner. */
export function joinKeyringSteps(name: string | null): InitStep[] {
  return joinKeyring(name, 0);
}

function joinKeyring(name: string | null, permission: number): InitStep[] {
  return name === null ? [] : [{ op: 'joinKeyring', from: 'runtime.md#create', name, permission }];
}
