// The cgroups of a container, one in each hierarchy, and how a process gets into them.

import type { InitStep } from '../init/protocol.ts';

export type ContainerCgroup = {
  /** On the host. */
  readonly directory: string;
  /** 1 or 2: of a v1 hierarchy, or of the v2 tree. */
  readonly version: 1 | 2;
  readonly controllers: readonly string[];
};

export type Joins = {
  /** v1: the container process joins by itself. */
  readonly joins: readonly InitStep[];
  /** The v2 directory to clone into; empty when there is none. */
  readonly cloneInto: string;
};

/** Neither way waits for a grace period of the whole machine, as cgroup.procs does. */
export function joinSteps(cgroups: readonly ContainerCgroup[], from: string): Joins {
  const joins = cgroups
    .filter(({ version }) => version === 1)
    .map(({ directory }): InitStep => ({ op: 'joinCgroup', from, tasks: `${directory}/tasks` }));
  return { joins, cloneInto: unifiedOf(cgroups)?.directory ?? '' };
}

/** Whose limits count: on a hybrid host those of v1. */
export function limitsVersion(cgroups: readonly ContainerCgroup[]): 1 | 2 {
  return cgroups.some(({ version }) => version === 1) ? 1 : 2;
}

/** The cgroup in the hierarchy of a controller. */
export function cgroupOf(
  cgroups: readonly ContainerCgroup[],
  controller: string,
): ContainerCgroup | undefined {
  return cgroups.find(({ controllers }) => controllers.includes(controller));
}

/** The cgroup in the v2 tree. */
export function unifiedOf(cgroups: readonly ContainerCgroup[]): ContainerCgroup | undefined {
  return cgroups.find(({ version }) => version === 2);
}

export function directoriesOf(cgroups: readonly ContainerCgroup[]): readonly string[] {
  return cgroups.map(({ directory }) => directory);
}
