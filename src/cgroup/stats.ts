// What a container uses, in the form of runc's `events` (its types/events.go): the order and the names are that document's.

import type { ContainerCgroup } from './container-cgroup.ts';
import { v1Stats } from './v1/stats.ts';
import { v2Stats } from './v2/stats.ts';

export type Stats = Readonly<Record<string, unknown>>;

/** Text of a file of a cgroup; null when there is none. */
export type ReadFile = (path: string) => string | null;

export function readStats(cgroups: readonly ContainerCgroup[], read: ReadFile): Stats {
  const directoryOf = (controller: string) =>
    cgroups.find(({ controllers }) => controllers.includes(controller))?.directory;
  // On a hybrid host v1 counts.
  const v1 = cgroups.some(({ version }) => version === 1);
  const readIn = (controller: string, file: string) => {
    const directory = directoryOf(controller);
    return directory === undefined ? null : read(`${directory}/${file}`);
  };
  const unified = cgroups.find(({ version }) => version === 2)?.directory ?? '';
  return v1 ? v1Stats(readIn) : v2Stats((file) => read(`${unified}/${file}`));
}
