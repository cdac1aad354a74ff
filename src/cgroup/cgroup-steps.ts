// The container's cgroups (config-linux.md#control-groups): which directories, what is written into them, and how the
// container process joins them.

import type { InitStep } from '../init/protocol.ts';
import type { CgroupFacts, CgroupHierarchy } from '../spec/host-facts.ts';
import type { Resources } from '../spec/resources.ts';
import { type ContainerCgroup, type Joins, joinSteps } from './container-cgroup.ts';
import { keptWrites } from './limit-writes.ts';
import { isForLater } from './pids.ts';
import { deviceWrites } from './v1/devices.ts';
import { deviceFilter } from './v2/device-filter.ts';
import type { CgroupWrite } from './write.ts';

/** What slipway does on the host, in order. */
export type CgroupStep = { readonly from: string } & (
  | { readonly op: 'cgroupMake'; readonly path: string }
  /** v1 cpuset: empty cpus and mems are filled from above, or nothing could join. */
  | { readonly op: 'cgroupFillCpuset'; readonly path: string }
  /**
   * v2: the controllers of a cgroup are there in those below it. Those that it lacks, or that the caller may not hand down
   * from there, are not: a limit that needs one of them cannot be written.
   */
  | { readonly op: 'cgroupHandDown'; readonly path: string; readonly controllers: readonly string[] }
  /** v2: the directory, and what the kernel lists as delegable in it, belong to a uid of the host. */
  | { readonly op: 'cgroupOwner'; readonly path: string; readonly uid: number }
  | CgroupWriting
);

type CgroupWriting = {
  readonly op: 'cgroupWrite';
  readonly file: string;
  readonly value: string;
  /** In place of these where the host has no such file. */
  readonly otherwise?: { readonly file: string; readonly value: string };
} & Pick<CgroupWrite, 'entry' | 'keeps' | 'optional'>;

export type CgroupWriteStep = { readonly from: string } & CgroupWriting;

/** A file that stops the container's processes and lets them go on, and says whether they are stopped. */
export type Freezer = { readonly file: string; readonly frozen: string; readonly thawed: string };

export type CgroupPlan = Joins & {
  readonly cgroups: readonly ContainerCgroup[];
  /** Directories above them, deepest first. */
  readonly parents: readonly string[];
  readonly freezers: readonly Freezer[];
  readonly steps: readonly CgroupStep[];
  /** Once the container process exists. */
  readonly late: readonly CgroupWriteStep[];
  /** v2 alone: the device rules, for the outer init. */
  readonly filters: readonly InitStep[];
};

/** Path below the root of every hierarchy. One that is relative or absent is the runtime's choice: below the root too. */
export function cgroupPath(id: string, configured: string | undefined): string {
  const path = configured === undefined || configured === '' ? id : configured;
  return `/${path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/')}`;
}

const pathPointer = '/linux/cgroupsPath';

type Hierarchy = CgroupHierarchy & { readonly version: 1 | 2 };

/**
 * `made`: by systemd, as a scope in the v2 tree that has the outer init in it at first. `filters`: whether the caller may limit the
 * use of devices, on v1 too.
 */
export function planCgroups(
  path: string,
  resources: Resources,
  { v1, v2 }: CgroupFacts,
  { made = false, filters = true } = {},
): CgroupPlan {
  const hierarchies: readonly Hierarchy[] = [
    ...v1.map((hierarchy) => ({ ...hierarchy, version: 1 as const })),
    ...(v2 === null ? [] : [{ ...v2, version: 2 as const }]),
  ];
  const cgroups = hierarchies.map(({ mountpoint, version, controllers }) => ({
    directory: `${mountpoint}${path}`,
    version,
    controllers,
  }));
  const unified = v1.length === 0 && v2 !== null;
  const tree = v2 === null ? '' : `${v2.mountpoint}${path}`;
  const kept = keptWrites(hierarchies, resources);
  const isLate = (write: CgroupWrite) => isForLater(write) || (made && write.controller === 'pids');
  return {
    cgroups,
    ...joinSteps(cgroups, pathPointer),
    parents: made
      ? []
      : hierarchies.flatMap(({ mountpoint }) => ancestors(mountpoint, path).slice(0, -1).toReversed()),
    freezers: [
      ...v1
        .filter(({ controllers }) => controllers.includes('freezer'))
        .map(({ mountpoint }) => ({
          file: `${mountpoint}${path}/freezer.state`,
          frozen: 'FROZEN',
          thawed: 'THAWED',
        })),
      ...(v2 === null ? [] : [{ file: `${tree}/cgroup.freeze`, frozen: '1', thawed: '0' }]),
    ],
    steps: hierarchies.flatMap((hierarchy, index) => {
      const own = kept[index] ?? [];
      const writes = own.filter((write) => !isLate(write));
      if (hierarchy.version === 1)
        return v1Steps(path, filters ? [...writes, ...rulesIn(hierarchy, resources)] : writes, hierarchy);
      // On a hybrid host most limits are v1's, and the v2 tree is only joined if it keeps none.
      const used = unified ? hierarchy.controllers : [...new Set(own.map(({ controller }) => controller))];
      return treeSteps(path, writes, { ...hierarchy, controllers: used }, made);
    }),
    late: cgroups.flatMap(({ directory }, index) => into(directory, (kept[index] ?? []).filter(isLate))),
    filters:
      unified && filters
        ? [
            {
              op: 'deviceFilter',
              from: '/linux/resources/devices',
              cgroup: tree,
              program: deviceFilter(resources),
            },
          ]
        : [],
  };
}

function v1Steps(
  path: string,
  writes: readonly CgroupWrite[],
  { mountpoint, controllers }: Hierarchy,
): CgroupStep[] {
  return [
    ...ancestors(mountpoint, path).flatMap((at) => make(at, controllers)),
    ...into(`${mountpoint}${path}`, writes),
  ];
}

function rulesIn({ controllers }: Hierarchy, resources: Resources): CgroupWrite[] {
  return controllers.includes('devices') ? deviceWrites(resources) : [];
}

/** Every directory above hands the controllers down. */
function treeSteps(
  path: string,
  writes: readonly CgroupWrite[],
  { mountpoint, controllers }: Hierarchy,
  made: boolean,
): CgroupStep[] {
  const handDown = (path: string): CgroupStep[] =>
    controllers.length === 0 ? [] : [{ op: 'cgroupHandDown', from: pathPointer, path, controllers }];
  return [
    ...ancestors(mountpoint, path).flatMap((at) => [
      ...handDown(at.slice(0, at.lastIndexOf('/'))),
      ...(made ? [] : make(at, [])),
    ]),
    ...into(`${mountpoint}${path}`, writes),
  ];
}

function make(path: string, controllers: readonly string[]): CgroupStep[] {
  const made: CgroupStep = { op: 'cgroupMake', from: pathPointer, path };
  return controllers.includes('cpuset')
    ? [made, { op: 'cgroupFillCpuset', from: pathPointer, path }]
    : [made];
}

/** The writes as steps. */
export function into(directory: string, writes: readonly CgroupWrite[]): CgroupWriteStep[] {
  return writes.map(({ file, value, from, otherwise, entry, keeps, optional }) => ({
    op: 'cgroupWrite',
    from,
    file: `${directory}/${file}`,
    value,
    ...(entry === undefined ? {} : { entry }),
    ...(keeps === undefined ? {} : { keeps }),
    ...(optional === undefined ? {} : { optional }),
    ...(otherwise === undefined
      ? {}
      : { otherwise: { file: `${directory}/${otherwise.file}`, value: otherwise.value } }),
  }));
}

/** Every directory from below the mount point to the path itself, topmost first. */
function ancestors(mountpoint: string, path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '');
  return parts.map((_, index) => `${mountpoint}/${parts.slice(0, index + 1).join('/')}`);
}
