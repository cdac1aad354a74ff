// Rules about user namespaces and id maps (config-linux.md#user-namespace-mappings, config.md#mounts).

import { isBind, readMountOptions } from '../mount/options.ts';
import { isNew, namespaceOf } from '../namespace/asked.ts';
import { hostId } from '../namespace/id-map.ts';
import type { Config } from '../spec/config.ts';
import type { Diagnostic } from '../spec/diagnostic.ts';
import { isRootless } from '../spec/host-facts.ts';
import type { IdMaps } from '../spec/mounts.ts';
import { problem, type Rule } from './rule.ts';

const kinds = ['uidMappings', 'gidMappings'] as const;

export const mapsNeedUserNamespace: Rule = (config) => {
  const { linux = {} } = config;
  if (namespaceOf(config, 'user') !== undefined) return [];
  return kinds.flatMap((kind) =>
    (linux[kind] ?? []).length === 0
      ? []
      : [
          problem(
            `/linux/${kind}`,
            'user namespace mappings specified, but user namespace isn\'t enabled: add {"type": "user"} to /linux/namespaces',
          ),
        ],
  );
};

export const newUserNamespaceHasMaps: Rule = (config) => {
  if (!isNew(config, 'user')) return [];
  return kinds.flatMap((kind) =>
    (config.linux?.[kind] ?? []).length === 0
      ? [
          problem(
            `/linux/${kind}`,
            `user namespaces enabled, but no ${kind.replace('Mappings', ' mappings')} found: a new user namespace needs at least one`,
          ),
        ]
      : [],
  );
};

/** nsenter(1) joins as root of the namespace. */
export const joinedUserNamespaceMapsRoot: Rule = (config) => {
  if (namespaceOf(config, 'user')?.path === undefined) return [];
  return kinds.flatMap((kind) => {
    const maps = config.linux?.[kind] ?? [];
    return maps.length === 0 || hostId(maps, 0) !== undefined
      ? []
      : [problem(`/linux/${kind}`, 'a user namespace can only be joined where id 0 has a mapping')];
  });
};

export const mapRanges: Rule = (config) =>
  everyMap(config).flatMap(([pointer, maps]) => [
    ...maps.flatMap(({ containerID, hostID, size }, index) =>
      size === 0 || Math.max(containerID, hostID) + size > 2 ** 32
        ? [
            problem(
              `${pointer}/${index}/size`,
              `${size} ids do not fit: expected from 1 id to the last, 4294967295`,
            ),
          ]
        : [],
    ),
    ...overlaps(pointer, maps, 'containerID'),
    ...overlaps(pointer, maps, 'hostID'),
  ]);

function everyMap({ linux = {}, mounts = [] }: Config): [string, IdMaps][] {
  return kinds.flatMap((kind): [string, IdMaps][] => [
    [`/linux/${kind}`, linux[kind] ?? []],
    ...mounts.map((mount, index): [string, IdMaps] => [`/mounts/${index}/${kind}`, mount[kind] ?? []]),
  ]);
}

function overlaps(pointer: string, maps: IdMaps, side: 'containerID' | 'hostID'): Diagnostic[] {
  return maps.flatMap((map, index) => {
    const other = maps
      .slice(0, index)
      .findIndex(
        (earlier) => map[side] < earlier[side] + earlier.size && earlier[side] < map[side] + map.size,
      );
    return other < 0
      ? []
      : [
          problem(
            `${pointer}/${index}/${side}`,
            `${map[side]} with size ${map.size} overlaps mapping ${other}`,
          ),
        ];
  });
}

/** The ids of the program must exist in its user namespace. */
export const programIdsMapped: Rule = ({ linux = {}, process }) => {
  const { uid = 0, gid = 0, additionalGids = [] } = process?.user ?? {};
  return [
    ...unmapped(linux.uidMappings, [['/process/user/uid', uid]], 'uid'),
    ...unmapped(
      linux.gidMappings,
      [
        ['/process/user/gid', gid],
        ...additionalGids.map((id, index): [string, number] => [`/process/user/additionalGids/${index}`, id]),
      ],
      'gid',
    ),
  ];
};

function unmapped(
  maps: IdMaps | undefined,
  ids: readonly [string, number][],
  kind: 'uid' | 'gid',
): Diagnostic[] {
  if (maps === undefined || maps.length === 0) return [];
  return ids.flatMap(([pointer, id]) =>
    hostId(maps, id) === undefined
      ? [problem(pointer, `${id} has no mapping in /linux/${kind}Mappings`)]
      : [],
  );
}

export const mountMaps: Rule = (config, { caller }) =>
  (config.mounts ?? []).flatMap((mount, index) => {
    const at = `/mounts/${index}`;
    const { uidMappings, gidMappings } = mount;
    const { idMap } = readMountOptions(mount.options ?? []);
    if (idMap === null && uidMappings === undefined && gidMappings === undefined) return [];
    if (isRootless(caller))
      return [problem(at, 'id-mapped mounts need root on the host: leave the mappings out')];
    if (!isBind(mount)) return [problem(at, 'id-mapped mounts must be binds')];
    if ((uidMappings === undefined) !== (gidMappings === undefined))
      return [problem(at, 'uidMappings and gidMappings go together: give both or neither')];
    const own = uidMappings ?? config.linux?.uidMappings ?? [];
    return own.length > 0
      ? []
      : [problem(`${at}/options`, `${idMap}: no mappings: give the mount uidMappings and gidMappings`)];
  });
