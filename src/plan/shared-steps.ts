// Steps that a container and an `exec` into one have in common.

import type { ContainerCgroup } from '../cgroup/container-cgroup.ts';
import type { InitStep } from '../init/protocol.ts';
import type { NamespaceStep } from '../namespace/argv.ts';
import { namespaceOf } from '../namespace/asked.ts';
import type { Config } from '../spec/config.ts';
import type { Process } from '../spec/process.ts';
import type { ProcessStep } from './plan.ts';

export type Namespaces = NonNullable<NonNullable<Config['linux']>['namespaces']>;

export function namespaceSteps(namespaces: Namespaces, nextSlot: () => number): NamespaceStep[] {
  return namespaces.map(({ type, path }, index) => {
    const from = `/linux/namespaces/${index}`;
    if (path === undefined) return { op: 'newNamespace', from, type };
    // Both wait until the container process is in its cgroups, whose files it finds in the host's mount namespace.
    const late = type === 'mount' || type === 'cgroup';
    return { op: 'joinNamespace', from, type, path, slot: nextSlot(), late };
  });
}

/** For the container process: the namespaces that nsenter(1) leaves to it. */
export function enterSteps(namespaces: readonly NamespaceStep[]): InitStep[] {
  return namespaces.flatMap((step): InitStep[] =>
    step.op === 'joinNamespace' && step.late
      ? [{ op: 'enterNamespace', from: step.from, slot: step.slot }]
      : [],
  );
}

/** `cgroups`: where the container process cannot go by itself. */
export function hostSteps(process: Process | undefined, cgroups: readonly ContainerCgroup[]): ProcessStep[] {
  const value = process?.oomScoreAdj;
  return [
    ...cgroups.map(
      ({ directory }): ProcessStep => ({
        op: 'joinCgroup',
        from: '/linux/cgroupsPath',
        procs: `${directory}/cgroup.procs`,
      }),
    ),
    ...(value === undefined ? [] : [{ op: 'oomScoreAdj', from: '/process/oomScoreAdj', value } as const]),
  ];
}

/** stdio of a process. terminalSlot: of the socket that takes its terminal, or 0 for none. */
export function stdioSteps(process: Process | undefined, terminalSlot: number): InitStep[] {
  if (terminalSlot === 0) return [{ op: 'stdioNull', from: 'config.md#process' }];
  const { width = 0, height = 0 } = process?.consoleSize ?? {};
  return [{ op: 'terminal', from: '/process/terminal', slot: terminalSlot, width, height }];
}

/** KEY_USR_SEARCH and KEY_OTH_SEARCH: in a user namespace the owner may have no id (as runc does). */
const searchByOwner = 0x80000;
const searchByOthers = 0x8;

/** The session keyring of a container, new for its first process. */
export function keyringStep(config: Config, id: string): InitStep {
  return {
    op: 'newKeyring',
    from: 'runtime.md#create',
    name: `_ses.${id}`,
    permission: namespaceOf(config, 'user') === undefined ? searchByOwner : searchByOthers,
  };
}
