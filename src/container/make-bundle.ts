// bundle: an image on disk to the bundle of a container (image-spec, conversion.md).

import { RuntimeError } from '../error/error.ts';
import { callerFact } from '../host/facts.ts';
import {
  exists,
  isEmptyDirectory,
  makeDirectory,
  removeDirectory,
  removeFile,
  writeAtomically,
} from '../host/files.ts';
import type { OwnMaps } from '../host/id-maps.ts';
import { interruptible } from '../host/signal.ts';
import { subordinateMaps } from '../host/users.ts';
import { convert } from '../image/convert.ts';
import type { Limits } from '../image/layer.ts';
import type { Platform } from '../image/platform.ts';
import { parseImageName } from '../image/reference.ts';
import { userOf } from '../image/user.ts';
import { isRootless } from '../spec/host-facts.ts';
import { formatJson, type JsonObject, objectOf } from '../spec/json.ts';
import type { Environment } from './environment.ts';
import { exampleHere } from './example.ts';
import { findImage, type Image } from './image.ts';
import { UndoStack } from './undo.ts';
import { type Progress, removeRootfs, unpackLayers } from './unpack-layers.ts';

export type ImageRequest = {
  /** TRANSPORT:PATH[:REFERENCE]. */
  readonly image: string;
  readonly platform: Platform;
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
  const image = await findImage(parseImageName(request.image, exists), request.platform);
  const maps = isRootless(callerFact()) ? await ownMaps(env) : null;
  const undo = new UndoStack();
  if (makeDirectory(directory, 0o755)) undo.add(() => void removeDirectory(directory));
  else if (!isEmptyDirectory(directory))
    throw new RuntimeError('EXISTS', `"${directory}" exists, and is no empty directory`, { ref: directory });
  try {
    await interruptible((signal) => fill(env, { ...request, image, maps, undo, signal }));
  } catch (error) {
    throw await undo.fail(error);
  }
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
  undo.add(() => removeRootfs(rootfs, maps));
  const { passwd, group } = await unpackLayers(env, { ...work, rootfs, layers: image.layers });
  const user = userOf(image.config.config?.User ?? '', passwd, group);
  const { config, warnings } = convert(image.config, example(work), { user, terminal });
  for (const warning of warnings) await env.log('warning', warning);
  const path = `${directory}/config.json`;
  undo.add(() => removeFile(path));
  writeAtomically(path, formatJson(config, '\t'), 0o666);
}

function example({ rootless, maps }: Filling): JsonObject {
  const config = exampleHere(rootless || maps !== null) as JsonObject;
  return maps === null ? config : { ...config, linux: { ...objectOf(config.linux), ...maps } };
}

/** The caller's own id as root, and the further ones that are its (subuid(5)). */
async function ownMaps(env: Environment): Promise<OwnMaps> {
  const { maps, missing } = subordinateMaps();
  if (missing !== null) await env.log('warning', `every file of the image will belong to you: ${missing}`);
  return maps;
}
