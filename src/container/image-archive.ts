// An image in an archive of `docker save`.

import { RuntimeError } from '../error/error.ts';
import { chunksOf, type ImageFile, type ImageFiles } from '../host/image-files.ts';
import { compressionIn, dockerManifestSchema, imageConfigSchema, parseDocument } from '../image/documents.ts';
import type { ImageName } from '../image/reference.ts';
import { diffIdsOf, documentIn, fileIn, layerOf, namesThere, type WithConfig } from './image-parts.ts';

export async function findInArchive(files: ImageFiles, { reference }: ImageName): Promise<WithConfig> {
  const images = await parseDocument(
    'manifest.json',
    await documentIn(files, 'manifest.json'),
    dockerManifestSchema,
  );
  const found = images.filter(
    ({ RepoTags = [] }) => reference === null || RepoTags.some((tag) => isNamed(tag, reference)),
  );
  const [image, second] = found;
  const there = namesThere(images.flatMap(({ RepoTags = [] }) => RepoTags));
  if (image === undefined)
    throw new RuntimeError('NOT_FOUND', `image "${files.path}" has no name "${reference}"; ${there}`, {
      ref: files.path,
    });
  if (second !== undefined)
    throw new RuntimeError('USAGE', `image "${files.path}" holds several images: choose by name; ${there}`);
  const { Config, Layers = [] } = image;
  const config = await parseDocument(Config, await documentIn(files, Config), imageConfigSchema);
  const diffIds = diffIdsOf(config, Layers.length);
  const layers = Layers.map(async (name, index) => {
    const file = fileIn(files, name);
    const compression = compressionIn(await start(file));
    return layerOf({ name, file, digest: null, diffId: diffIds[index] ?? '', compression });
  });
  return { config, layers: await Promise.all(layers) };
}

/** "name" is short for "name:latest". */
function isNamed(tag: string, reference: string): boolean {
  return tag === reference || tag === `${reference}:latest`;
}

async function start(file: ImageFile): Promise<Buffer> {
  for await (const chunk of chunksOf({ ...file, size: Math.min(file.size, 4) })) return chunk;
  return Buffer.alloc(0);
}
