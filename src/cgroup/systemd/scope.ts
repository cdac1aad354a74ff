// A container's cgroup as a scope of systemd (systemd.scope(5)): its names, and what systemd is told about it.

import type { Config } from '../../spec/config.ts';
import type { Diagnostic } from '../../spec/diagnostic.ts';
import type { Resources } from '../../spec/resources.ts';
import { limitWrites } from '../limit-writes.ts';
import { annotatedProperties } from './annotations.ts';
import { limitProperties, type UnitProperty } from './properties.ts';

export type Scope = {
  /** Name of the unit, e.g. docker-ID.scope. */
  readonly unit: string;
  /** The slice that it is in. */
  readonly slice: string;
  /** Of its cgroup, below that of the manager. */
  readonly path: string;
};

export type ScopePlan = {
  readonly unit: string;
  /** Of its cgroup, below that of the manager, whose directory is `manager`. */
  readonly path: string;
  readonly manager: string;
  /** Where the v2 tree is mounted. */
  readonly mountpoint: string;
  /** For StartTransientUnit, without the process that it starts with. */
  readonly properties: readonly UnitProperty[];
};

/** What of a config is about its scope. */
type ScopeConfig = Pick<Config, 'annotations' | 'linux'>;

/** Of the system's manager, and of a user's own (systemd.special(7)). */
export type DefaultSlice = 'system.slice' | 'user.slice';

const defaultPrefix = 'slipway';

/** What `linux.cgroupsPath` names: "SLICE:PREFIX:NAME", where the slice may be empty. Null for anything else. */
export function scopeOf(id: string, defaultSlice: DefaultSlice, cgroupsPath = ''): Scope | null {
  const parts = cgroupsPath === '' ? ['', defaultPrefix, id] : cgroupsPath.split(':');
  const [named = '', prefix = '', name = ''] = parts;
  const slice = named === '' ? defaultSlice : named;
  const directory = sliceDirectory(slice);
  if (parts.length !== 3 || name === '' || name.endsWith('.slice') || directory === null) return null;
  const unit = `${prefix}-${name}.scope`;
  return { unit, slice, path: `${directory}/${unit}` };
}

/** Where a slice is: a-b.slice is in a.slice (systemd.slice(5)), and -.slice is the root. Null when it is no name of one. */
function sliceDirectory(slice: string): string | null {
  if (slice === '-.slice') return '';
  const name = /^([^/-][^/]*)\.slice$/.exec(slice)?.[1];
  if (name === undefined) return null;
  const parts = name.split('-');
  if (parts.includes('')) return null;
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('-')}.slice`).join('');
}

/** Why a container cannot be a scope, which is null when its path names none. */
export function scopeProblems(scope: Scope | null, { annotations, linux }: ScopeConfig): Diagnostic[] {
  const problems = annotatedProperties(annotations).problems;
  if (scope !== null) return problems;
  return [
    {
      pointer: '/linux/cgroupsPath',
      message: `expected cgroupsPath to be of format "slice:prefix:name" for systemd cgroups, got "${linux?.cgroupsPath}" instead`,
      ref: 'config-linux.md#cgroups-path',
    },
    ...problems,
  ];
}

export function planScope(
  id: string,
  { unit, slice, path }: Scope,
  config: ScopeConfig,
  { manager, mountpoint }: Pick<ScopePlan, 'manager' | 'mountpoint'>,
): ScopePlan {
  const asked = annotatedProperties(config.annotations).properties;
  const fixed: UnitProperty[] = [
    { name: 'Description', signature: 's', values: [`slipway container ${id}`] },
    { name: 'Slice', signature: 's', values: [slice] },
    // slipway writes into it, and the container may divide it.
    flag('Delegate', true),
    flag('DefaultDependencies', false),
    ...['CPU', 'Memory', 'IO', 'Tasks'].map((name) => flag(`${name}Accounting`, true)),
    // Also after its processes were killed for want of memory: the name is free again.
    { name: 'CollectMode', signature: 's', values: ['inactive-or-failed'] },
  ];
  return {
    unit,
    path,
    manager,
    mountpoint,
    properties: [
      ...fixed.filter(({ name }) => !asked.some((other) => other.name === name)),
      ...firstLimits(config.linux?.resources ?? {}),
      ...asked,
    ],
  };
}

function flag(name: string, value: boolean): UnitProperty {
  return { name, signature: 'b', values: [String(value)] };
}

/** Properties of the limits; systemd writes those that it knows whenever one of them changes. */
export function scopeLimits(resources: Resources): UnitProperty[] {
  return limitProperties(limitWrites(2, resources));
}

/** At first the outer init is in the scope too. */
function firstLimits(resources: Resources): UnitProperty[] {
  const { pids } = resources;
  const atLeastTwo = pids?.limit !== undefined && pids.limit >= 0 && pids.limit < 2;
  return scopeLimits(atLeastTwo ? { ...resources, pids: { limit: 2 } } : resources);
}
