// bundle: an image on disk to the bundle of a container (image-spec, conversion.md).

import { UndoStack } from '../conversation/undo.ts';
import { RuntimeError } from '../error/error.ts';
import { callerFact } from '../host/facts.ts';
import {
  makeDirectory,
  remove,
  removeDirectory,
  removeFile,
  setMode,
  writeAtomically,
} from '../host/file-changes.ts';
import { exists, isBelow, isEmptyDirectory, realPath } from '../host/files.ts';
import { hasOneId, type OwnMaps } from '../host/id-maps.ts';
import { interruptible } from '../host/signal.ts';
import { subordinateMaps } from '../host/users.ts';
import { convert } from '../image/convert.ts';
import type { ImageConfig } from '../image/documents.ts';
import type { Limits } from '../image/layer.ts';
import type { Platform } from '../image/platform.ts';
import { parseImageName } from '../image/reference.ts';
import { type ImageUser, userOf } from '../image/user.ts';
import { isRootless } from '../spec/host-facts.ts';
import { formatJson, type JsonObject, objectOf } from '../spec/json.ts';
import type { IdMaps } from '../spec/mounts.ts';
import type { ContainerId } from '../store/id.ts';
import { type ContainerPaths, claimBundle } from '../store/store.ts';
import type { Environment } from './environment.ts';
import { exampleHere } from './example.ts';
import { findImage } from './image.ts';
import type { Image } from './image-parts.ts';
import { type Progress, removeRootfs, unpackLayers } from './unpack-layers.ts';

export type ImageRequest = {
  /** TRANSPORT:PATH[:REFERENCE]. */
  readonly image: string;
  /** Null: that of this machine. */
  readonly platform: Platform | null;
  readonly limits: Limits;
  readonly terminal: boolean;
  /** For a container without root; always so for a caller who is not. */
  readonly rootless: boolean;
  readonly progress: Progress;
};

export type BundleRequest = ImageRequest & { readonly directory: string };

/** The directory is as before when anything fails. Throws EXISTS when there is something in it. */
export async function makeBundle(env: Environment, request: BundleRequest): Promise<void> {
  const { directory } = request;
  const undo = new UndoStack();
  try {
    await build(env, request, undo, () => {
      // An image may bring setuid programs, which nobody else on this host may reach.
      if (makeDirectory(directory, 0o700)) undo.add(() => void removeDirectory(directory));
      else if (!isEmptyDirectory(directory))
        throw new RuntimeError('EXISTS', `"${directory}" exists, and is no empty directory`, {
          ref: directory,
        });
    });
  } catch (error) {
    throw await undo.fail(error);
  }
}

/** Makes the bundle of a container below the state directory, and returns its path. Throws EXISTS when there is one. */
export async function makeContainerBundle(
  env: Environment,
  request: ImageRequest,
  { id, paths, undo }: { readonly id: ContainerId; readonly paths: ContainerPaths; readonly undo: UndoStack },
): Promise<string> {
  await build(env, { ...request, directory: paths.bundle }, undo, () => {
    claimBundle(env.root, env.rootMode, paths, id);
    undo.add(() => remove(paths.bundle));
  });
  return realPath(paths.bundle);
}

/** Removes the bundle that was made for a container, if there is one. */
export async function removeContainerBundle({ bundle }: ContainerPaths): Promise<void> {
  await removeRootfs(`${bundle}/rootfs`, callerMaps()?.maps ?? null);
  remove(bundle);
}

/** `claim` makes the directory, once the image is found. */
async function build(
  env: Environment,
  request: BundleRequest,
  undo: UndoStack,
  claim: () => void,
): Promise<void> {
  const name = parseImageName(request.image, exists);
  const image = await findImage(name, request.platform);
  const { maps = null, missing = null } = callerMaps() ?? {};
  if (missing !== null) await env.log('warning', `every file of the image will belong to you: ${missing}`);
  claim();
  if (name.transport === 'dir') demandOutside(request.directory, name.path);
  await interruptible((signal) => fill(env, { ...request, image, maps, undo, signal }));
}

/** A copy in what is copied would go on for ever. Throws USAGE. */
function demandOutside(directory: string, source: string): void {
  const [from, to] = [realPath(source), realPath(directory)];
  if (from !== to && !isBelow(to, from)) return;
  throw new RuntimeError('USAGE', `"${directory}" is inside of "${source}", which is copied to it`);
}

type Filling = Omit<BundleRequest, 'image'> & {
  readonly image: Image;
  /** Of the user namespace that the image is unpacked in; null for root. */
  readonly maps: OwnMaps | null;
  readonly undo: UndoStack;
  readonly signal: AbortSignal;
};

async function fill(env: Environment, work: Filling): Promise<void> {
  const { directory, image, maps, undo, terminal } = work;
  const rootfs = `${directory}/rootfs`;
  makeDirectory(rootfs, 0o755);
  // Every user of the container must get to its root, whatever the caller's umask, where the image does not say.
  setMode(rootfs, 0o755);
  undo.add(() => removeRootfs(rootfs, maps));
  const { passwd, group } = await unpackLayers(env, { ...work, rootfs, layers: image.layers });
  // A root file system alone: the program of the example.
  const from: Partial<ImageConfig> = image.config ?? {};
  const wanted = userOf(from.config?.User ?? '', passwd, group);
  const user = maps !== null && hasOneId(maps) ? { ...wanted, additionalGids: [] } : wanted;
  if (user.additionalGids.length < wanted.additionalGids.length)
    await env.log(
      'warning',
      `groups ${wanted.additionalGids.join(', ')} of the user of the image are left out: you have no further ids`,
    );
  const { config, warnings } = convert(from, example(work, user), { user, terminal });
  for (const warning of warnings) await env.log('warning', warning);
  const path = `${directory}/config.json`;
  undo.add(() => removeFile(path));
  writeAtomically(path, formatJson(config, '\t'), 0o666);
}

/** The caller's id is that of the program, whatever user the image has, where there is no other one. */
function example({ rootless, maps }: Filling, user: ImageUser): JsonObject {
  const config = exampleHere(rootless || maps !== null) as JsonObject;
  if (maps === null) return config;
  const mapped = (map: IdMaps, id: number) =>
    hasOneId(maps) ? map.map((own) => ({ ...own, containerID: id })) : map;
  const uidMappings = mapped(maps.uidMappings, user.uid);
  const gidMappings = mapped(maps.gidMappings, user.gid);
  return { ...config, linux: { ...objectOf(config.linux), uidMappings, gidMappings } };
}

/** Of the user namespace in which a caller without root unpacks and removes; null for root. */
function callerMaps(): ReturnType<typeof subordinateMaps> | null {
  return isRootless(callerFact()) ? subordinateMaps() : null;
}
