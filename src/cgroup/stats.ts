// What a container uses, in the form of runc's `events` (its types/events.go): the order and the names are that document's.

import { type ContainerCgroup, cgroupOf, limitsVersion, unifiedOf } from './container-cgroup.ts';
import { v1Stats } from './v1/stats.ts';
import { v2Stats } from './v2/stats.ts';

export type Stats = Readonly<Record<string, unknown>>;

/** Text of a file of a cgroup; null when there is none. */
export type ReadFile = (path: string) => string | null;

/** `pageSizes`: those of huge pages. */
export function readStats(
  cgroups: readonly ContainerCgroup[],
  read: ReadFile,
  pageSizes: readonly string[],
): Stats {
  const readIn = (cgroup: ContainerCgroup | undefined, file: string) =>
    cgroup === undefined ? null : read(`${cgroup.directory}/${file}`);
  return limitsVersion(cgroups) === 1
    ? v1Stats((controller, file) => readIn(cgroupOf(cgroups, controller), file), pageSizes)
    : v2Stats((file) => readIn(unifiedOf(cgroups), file), pageSizes);
}
