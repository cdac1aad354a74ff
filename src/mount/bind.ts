// A bind in two steps: the source is opened as a detached mount, which is attached below the root.

import { type InitStep, type Operands, workSlot } from '../init/protocol.ts';
import type { IdMaps } from '../spec/mounts.ts';
import { attribute } from './flags.ts';
import type { MountOptions } from './options.ts';

/** What a bind asks for beside source and target. */
export type Bind = Omit<
  Operands<'openTree'>,
  'slot' | 'uids' | 'gids' | 'mapRecursive' | 'recursive' | 'inside' | 'link'
> & {
  readonly recursive: boolean;
  /** The source is a path of the container's root. */
  readonly inside: boolean;
  readonly sourceLink: MountOptions['sourceLink'];
  readonly onLink: boolean;
  readonly propagation: readonly number[];
  /** Null: the ids are as the file system has them. */
  readonly idMap: { readonly uids: IdMaps; readonly gids: IdMaps; readonly recursive: boolean } | null;
};

const linkNumber = { follow: 0, mount: 1, copy: 2 } as const;

export function bindSteps(
  from: string,
  { recursive, inside, sourceLink, onLink, propagation, idMap, ...tree }: Bind,
): InitStep[] {
  const map = {
    uids: triples(idMap?.uids ?? []),
    gids: triples(idMap?.gids ?? []),
    mapRecursive: idMap?.recursive === true,
  };
  return [
    {
      op: 'openTree',
      from,
      ...tree,
      slot: workSlot,
      recursive: recursive,
      inside: inside,
      link: linkNumber[sourceLink],
      ...map,
    },
    {
      op: 'attachTree',
      from,
      slot: workSlot,
      target: tree.target,
      onLink: onLink,
      copyLink: sourceLink === 'copy',
      propagation,
      byName: true,
    },
  ];
}

/** A path of config.json on the host: one that is relative is below the bundle (config.md#root, #mounts). */
export function belowBundle(bundle: string, path: string): string {
  return path.startsWith('/') ? path : `${bundle}/${path}`;
}

/** `unpacked`: as of PlanOptions. Debian mounts /run with noexec, systemd with nosuid and nodev. */
export function rootTree(rootfs: string, unpacked: boolean): InitStep {
  const clear = unpacked ? attribute.nosuid | attribute.nodev | attribute.noexec : 0n;
  const changes = { set: 0n, clear, refused: 0n, recursiveSet: 0n, recursiveClear: 0n };
  const map = { uids: [], gids: [], mapRecursive: false };
  return {
    op: 'openTree',
    from: '/root/path',
    slot: workSlot,
    source: rootfs,
    target: '/',
    recursive: true,
    inside: false,
    link: 0,
    ...changes,
    ...map,
  };
}

function triples(maps: IdMaps): number[] {
  return maps.flatMap(({ containerID, hostID, size }) => [containerID, hostID, size]);
}
