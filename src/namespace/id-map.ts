// The id maps of a user namespace (config-linux.md#user-namespace-mappings; user_namespaces(7)).

import type { Caller } from '../spec/host-facts.ts';
import type { IdMaps } from '../spec/mounts.ts';
import type { Process } from '../spec/process.ts';

/** What slipway does on the host once the outer init is in its user namespace. */
type IdMapText = {
  readonly file: 'uid_map' | 'gid_map';
  /** Lines of "container-id host-id size". */
  readonly text: string;
};

export type IdMapStep = { readonly from: string } /** Writes the map of a new namespace. */ & (
  | ({ readonly op: 'writeIdMap' } & IdMapText)
  /** Compares that of a joined one. */
  | ({ readonly op: 'checkIdMap' } & IdMapText)
  /** What a map of a single group needs when a user without privileges writes it. */
  | { readonly op: 'denySetgroups' }
  /** Has newuidmap(1) or newgidmap(1) write it, who know which ids a user may have (subuid(5), subgid(5)). */
  | {
      readonly op: 'runIdMapTool';
      readonly tool: 'newuidmap' | 'newgidmap';
      readonly args: readonly string[];
    }
);

type Maps = { readonly uids: IdMaps; readonly gids: IdMaps };
type Kind = 'uid' | 'gid';

export function writeIdMaps({ uids, gids }: Maps): IdMapStep[] {
  return [fileStep('writeIdMap', 'uid', uids), fileStep('writeIdMap', 'gid', gids)];
}

export function checkIdMaps({ uids, gids }: Maps): IdMapStep[] {
  return [fileStep('checkIdMap', 'uid', uids), fileStep('checkIdMap', 'gid', gids)];
}

function fileStep(op: 'writeIdMap' | 'checkIdMap', kind: Kind, maps: IdMaps): IdMapStep {
  return { op, from: `/linux/${kind}Mappings`, file: `${kind}_map`, text: idMapText(maps) };
}

/** For somebody without root: a map of the own id alone needs nobody, every other one the tools of uidmap. */
export function writeOwnIdMaps({ uids, gids }: Maps, own: Pick<Caller, 'uid' | 'gid'>): IdMapStep[] {
  return [...ownSteps('uid', uids, own.uid), ...ownSteps('gid', gids, own.gid)];
}

function ownSteps(kind: Kind, maps: IdMaps, own: number): IdMapStep[] {
  const from = `/linux/${kind}Mappings`;
  if (!mapsOnly(maps, own)) {
    const args = maps.flatMap(({ containerID, hostID, size }) => [containerID, hostID, size]);
    return [{ op: 'runIdMapTool', from, tool: `new${kind}map`, args: args.map(String) }];
  }
  const write = fileStep('writeIdMap', kind, maps);
  return kind === 'uid' ? [write] : [{ op: 'denySetgroups', from }, write];
}

/** Whether a map has one id only, this one of the host. */
export function mapsOnly([first, ...others]: IdMaps, hostId: number): boolean {
  return first?.hostID === hostId && first.size === 1 && others.length === 0;
}

export function idMapText(maps: IdMaps): string {
  return maps.map(({ containerID, hostID, size }) => `${containerID} ${hostID} ${size}\n`).join('');
}

export type SetupIds = { readonly uid: number; readonly gid: number };

/** The ids that set a container up in its user namespace: 0, or where 0 has no mapping, as in crun, those of the program. */
export function setupIds({ uids, gids }: Maps, { uid = 0, gid = 0 }: Process['user'] = {}): SetupIds {
  const mapsRoot = (maps: IdMaps) => maps.length === 0 || hostId(maps, 0) !== undefined;
  return { uid: mapsRoot(uids) ? 0 : uid, gid: mapsRoot(gids) ? 0 : gid };
}

/** The id in the container of an id on the host; undefined for one that has none. */
export function containerId(maps: IdMaps, id: number): number | undefined {
  const map = maps.find(({ hostID, size }) => id >= hostID && id - hostID < size);
  return map === undefined ? undefined : map.containerID + id - map.hostID;
}

/** The id on the host of an id in the container; undefined for one that has none. */
export function hostId(maps: IdMaps, id: number): number | undefined {
  const map = maps.find(({ containerID, size }) => id >= containerID && id - containerID < size);
  return map === undefined ? undefined : map.hostID + id - map.containerID;
}
