// The layers of an image to a root file system (image-spec, layer.md).

import { RuntimeError } from '../error/error.ts';
import { callerFact } from '../host/facts.ts';
import { removeDirectory } from '../host/file-changes.ts';
import { hasOneId, type OwnMaps } from '../host/id-maps.ts';
import { Unpacker } from '../host/unpacker.ts';
import { demandRatio, LayerReader, type Limits, type Rights, type Totals } from '../image/layer.ts';
import { containerId } from '../namespace/id-map.ts';
import { isHostRoot } from '../spec/host-facts.ts';
import type { Environment } from './environment.ts';
import type { Layer } from './image-parts.ts';

/** How far a layer is: `read` of `size` bytes. */
export type Progress = (layer: number, layers: number, read: number, size: number) => void;

export type Unpacking = {
  readonly layers: readonly Layer[];
  readonly rootfs: string;
  /** Of the user namespace that they are unpacked in; null for root. */
  readonly maps: OwnMaps | null;
  readonly limits: Limits;
  readonly progress: Progress;
  readonly signal: AbortSignal;
};

/** The image's own files about users; null where it has none. */
export type Accounts = { readonly passwd: string | null; readonly group: string | null };

/** Longest /etc/passwd and /etc/group, in bytes. */
const longestFile = 16 << 20;

export async function unpackLayers(env: Environment, work: Unpacking): Promise<Accounts> {
  const { layers, rootfs, maps } = work;
  const totals: Totals = { size: 0, entries: 0 };
  const warnings = new Set<string>();
  const warn = (text: string) => void warnings.add(text);
  const unpacker = await Unpacker.start(rootfs, maps, work.signal);
  try {
    for (const [index, layer] of layers.entries()) {
      const reader = new LayerReader(work.limits, totals, rightsFor(layer, maps), warn);
      await unpackLayer(unpacker, layer, reader, { ...work, index, warn });
    }
    await unpacker.send({ op: 'readFile', path: '/etc/passwd', longest: longestFile });
    await unpacker.send({ op: 'readFile', path: '/etc/group', longest: longestFile });
    const [passwd = null, group = null] = await unpacker.finish();
    for (const warning of warnings) await env.log('warning', warning);
    return { passwd: passwd?.toString() ?? null, group: group?.toString() ?? null };
  } catch (error) {
    await unpacker.kill();
    throw error;
  }
}

/** Files of users that the user namespace does not know belong to its root. */
function rightsFor({ ids }: Layer, maps: OwnMaps | null): Rights {
  const devices = isHostRoot(callerFact());
  if (maps !== null && ids === 'host') {
    const { uidMappings: uids, gidMappings: gids } = maps;
    return { uid: (id) => containerId(uids, id) ?? 0, gid: (id) => containerId(gids, id) ?? 0, devices };
  }
  const owner = maps !== null && hasOneId(maps) ? () => 0 : (id: number) => id;
  return { uid: owner, gid: owner, devices };
}

type LayerUnpacking = Unpacking & { readonly index: number; readonly warn: (text: string) => void };

async function unpackLayer(
  unpacker: Unpacker,
  { name, size, archive, ids }: Layer,
  reader: LayerReader,
  { index, layers, limits, progress, warn, signal }: LayerUnpacking,
): Promise<void> {
  await unpacker.send({ op: 'beginLayer' });
  const showRead = (read: number) => progress(index + 1, layers.length, read, size ?? 0);
  try {
    let length = 0;
    for await (const chunk of archive(showRead, warn)) {
      signal.throwIfAborted();
      length += chunk.length;
      if (size !== null) demandRatio(length, size, limits);
      for (const step of reader.steps(chunk)) await unpacker.send(step);
    }
    reader.finish();
  } catch (error) {
    if (!(error instanceof RuntimeError) || ids === 'host') throw error;
    throw new RuntimeError(error.code, `layer ${index + 1}: ${error.message}`, { ref: name, cause: error });
  }
}

/** Removes a root file system that was unpacked, with what only its user namespace may remove. */
export async function removeRootfs(rootfs: string, maps: OwnMaps | null): Promise<void> {
  // It may be empty still, because nothing could be unpacked at all.
  if (removeDirectory(rootfs) === null) return;
  const unpacker = await Unpacker.start(rootfs, maps);
  await unpacker.send({ op: 'removeAll' });
  await unpacker.finish();
  removeDirectory(rootfs);
}
