// The id maps of a user namespace (config-linux.md#user-namespace-mappings; user_namespaces(7)).

import type { IdMaps } from '../spec/mounts.ts';

/** What slipway does on the host once the outer init is in its user namespace. */
export type IdMapStep = {
  readonly from: string;
  /** Writes the map of a new namespace, or compares that of a joined one. */
  readonly op: 'writeIdMap' | 'checkIdMap';
  readonly file: 'uid_map' | 'gid_map';
  /** Lines of "container-id host-id size". */
  readonly text: string;
};

export function idMapSteps(op: IdMapStep['op'], uids: IdMaps, gids: IdMaps): IdMapStep[] {
  return [
    { op, from: '/linux/uidMappings', file: 'uid_map', text: idMapText(uids) },
    { op, from: '/linux/gidMappings', file: 'gid_map', text: idMapText(gids) },
  ];
}

export function idMapText(maps: IdMaps): string {
  return maps.map(({ containerID, hostID, size }) => `${containerID} ${hostID} ${size}\n`).join('');
}

/** The id on the host of an id in the container; undefined for one that has none. */
export function hostId(maps: IdMaps, id: number): number | undefined {
  const map = maps.find(({ containerID, size }) => id >= containerID && id - containerID < size);
  return map === undefined ? undefined : map.hostID + id - map.containerID;
}
