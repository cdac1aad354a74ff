// The id maps of user namespaces that exist (user_namespaces(7)).

import type { IdMaps } from '../spec/mounts.ts';
import { inodeOf, listDirectories, readText } from './files.ts';
import { readOfProcess } from './process.ts';

export type OwnMaps = { readonly uidMappings: IdMaps; readonly gidMappings: IdMaps };

/** Whether a user namespace has no ids but one user and one group. */
export function hasOneId({ uidMappings: [first, ...others] }: OwnMaps): boolean {
  return first?.size === 1 && others.length === 0;
}

/** The maps of the user namespace of a process. Throws when the process is gone. */
export function mapsOfProcess(pid: number | string): OwnMaps {
  return { uidMappings: readMap(`/proc/${pid}/uid_map`), gidMappings: readMap(`/proc/${pid}/gid_map`) };
}

/**
 * The maps of a user namespace, by the path of its file. Null where no process is in it that could tell them, or where
 * they cannot be read: joining it says what is wrong.
 */
export function mapsOfNamespace(path: string): OwnMaps | null {
  return readOfProcess(() => {
    const [, pid] = /^\/proc\/(\d+|self)\/ns\/user$/.exec(path) ?? [];
    const inode = pid === undefined ? inodeOf(path) : 0;
    const inside = pid ?? listDirectories('/proc').find((name) => isInside(name, inode));
    return inside === undefined ? null : mapsOfProcess(inside);
  });
}

function isInside(name: string, inode: number): boolean {
  return /^\d+$/.test(name) && readOfProcess(() => inodeOf(`/proc/${name}/ns/user`)) === inode;
}

function readMap(path: string): IdMaps {
  const lines = readText(path).trim().split('\n').filter(Boolean);
  return lines.map((line) => {
    const [containerID = 0, hostID = 0, size = 0] = line.trim().split(/\s+/).map(Number);
    return { containerID, hostID, size };
  });
}
