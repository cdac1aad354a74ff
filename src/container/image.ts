// An image on disk, whatever it is in: its configuration, and its layers in order.

import { RuntimeError } from '../error/error.ts';
import { archiveOf } from '../host/directory-archive.ts';
import { isDirectory } from '../host/files.ts';
import { openImageFiles } from '../host/image-files.ts';
import { type Platform, platformOf } from '../image/platform.ts';
import type { ImageName } from '../image/reference.ts';
import { findInArchive } from './image-archive.ts';
import { findInLayout } from './image-layout.ts';
import { demandPlatform, type Image, type Layer } from './image-parts.ts';

/** `asked`: null for the platform of this machine. Throws INVALID_CONFIG for an image that is wrong. */
export async function findImage(name: ImageName, asked: Platform | null): Promise<Image> {
  if (name.transport === 'dir') return findDirectory(name.path, asked);
  const platform = asked ?? platformOf(process.arch);
  const files = openImageFiles(name.path);
  const image =
    name.transport === 'oci' ? await findInLayout(files, name, platform) : await findInArchive(files, name);
  demandPlatform(image.config, platform, files.path);
  return image;
}

/** A root file system: a layer of all that is in it. */
function findDirectory(path: string, platform: Platform | null): Image {
  if (platform !== null)
    throw new RuntimeError('USAGE', `--platform: dir:${path} is a root file system, which has no platform`);
  if (!isDirectory(path))
    throw new RuntimeError('NOT_FOUND', `"${path}" is no directory, and dir: takes a root file system`, {
      ref: path,
    });
  const archive: Layer['archive'] = (_, warn) => archiveOf(path, warn);
  return { config: null, layers: [{ name: path, size: null, archive, ids: 'host' }] };
}
