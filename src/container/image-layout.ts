// An image in a layout of the OCI (image-spec, image-layout.md).

import { RuntimeError } from '../error/error.ts';
import { textOf, verified } from '../host/blob.ts';
import { chunksOf, type ImageFile, type ImageFiles } from '../host/image-files.ts';
import {
  compressionOf,
  type Descriptor,
  type Index,
  imageConfigSchema,
  indexSchema,
  kindOf,
  layoutSchema,
  manifestSchema,
  parseDocument,
} from '../image/documents.ts';
import { formatPlatform, isSamePlatform, type Platform } from '../image/platform.ts';
import type { ImageName } from '../image/reference.ts';
import {
  diffIdsOf,
  documentIn,
  fileIn,
  layerOf,
  namesThere,
  shortDocument,
  type WithConfig,
  wrong,
} from './image-parts.ts';

/** How deep an index may nest indexes. */
const deepestIndex = 4;

export async function findInLayout(
  files: ImageFiles,
  { reference }: ImageName,
  platform: Platform,
): Promise<WithConfig> {
  await parseDocument('oci-layout', await documentIn(files, 'oci-layout'), layoutSchema);
  const index = await parseDocument('index.json', await documentIn(files, 'index.json'), indexSchema);
  const tagged = withTag(files, index, reference);
  const manifestOf = await select(files, tagged, platform, 0);
  const manifest = await parseDocument(manifestOf.digest, await blobText(files, manifestOf), manifestSchema);
  const { config: descriptor, layers = [] } = manifest;
  if (kindOf(descriptor) !== 'config')
    throw wrong(
      manifestOf.digest,
      `its configuration is of type "${descriptor.mediaType}": it is no image to run`,
    );
  const config = await parseDocument(descriptor.digest, await blobText(files, descriptor), imageConfigSchema);
  const diffIds = diffIdsOf(config, layers.length);
  return {
    config,
    layers: layers.map((layer, index) =>
      layerOf({
        name: layer.digest,
        file: blob(files, layer),
        digest: layer.digest,
        diffId: diffIds[index] ?? '',
        compression: compressionOf(layer.digest, layer.mediaType),
      }),
    ),
  };
}

const tagAnnotation = 'org.opencontainers.image.ref.name';

function withTag(files: ImageFiles, { manifests }: Index, tag: string | null): readonly Descriptor[] {
  if (tag === null) return manifests;
  const found = manifests.filter(({ annotations }) => annotations?.[tagAnnotation] === tag);
  if (found.length > 0) return found;
  throw new RuntimeError('NOT_FOUND', `image "${files.path}" has no tag "${tag}"; ${tagsOf(manifests)}`, {
    ref: files.path,
  });
}

function tagsOf(manifests: readonly Descriptor[]): string {
  return namesThere(manifests.flatMap(({ annotations }) => annotations?.[tagAnnotation] ?? []));
}

/** The manifest of a platform. An entry without a platform is taken where there is no other. */
async function select(
  files: ImageFiles,
  entries: readonly Descriptor[],
  platform: Platform,
  depth: number,
): Promise<Descriptor> {
  const images = distinct(entries.filter((entry) => ['index', 'manifest'].includes(kindOf(entry))));
  const matching = images.filter(
    (entry) => entry.platform !== undefined && isSamePlatform(entry.platform, platform),
  );
  const candidates = matching.length > 0 ? matching : images.filter((entry) => entry.platform === undefined);
  const [first, second] = candidates;
  if (first === undefined) throw noneFor(files, entries, platform);
  if (second !== undefined)
    throw new RuntimeError(
      'USAGE',
      `image "${files.path}" holds several images: name one by its tag; ${tagsOf(entries)}`,
    );
  if (kindOf(first) === 'manifest') return first;
  if (depth === deepestIndex) throw wrong(first.digest, 'indexes are nested too deeply');
  const index = await parseDocument(first.digest, await blobText(files, first), indexSchema);
  return select(files, index.manifests, platform, depth + 1);
}

function distinct(entries: readonly Descriptor[]): readonly Descriptor[] {
  return entries.filter(({ digest }, at) => entries.findIndex((other) => other.digest === digest) === at);
}

function noneFor(files: ImageFiles, entries: readonly Descriptor[], platform: Platform): RuntimeError {
  const there = entries.flatMap((entry) =>
    entry.platform === undefined ? [] : formatPlatform(entry.platform),
  );
  const types = entries.map(({ mediaType }) => `"${mediaType}"`);
  const found =
    there.length > 0
      ? `it has ${there.join(', ')}`
      : types.length > 0
        ? `it has ${types.join(', ')}`
        : 'it is empty';
  return new RuntimeError(
    'NOT_FOUND',
    `image "${files.path}" has none for ${formatPlatform(platform)}; ${found}`,
    {
      ref: files.path,
    },
  );
}

function blob(files: ImageFiles, { digest, size }: Descriptor): ImageFile {
  const file = fileIn(files, `blobs/${digest.replace(':', '/')}`);
  if (file.size !== size) throw wrong(digest, `it has ${file.size} bytes, and its descriptor says ${size}`);
  return file;
}

async function blobText(files: ImageFiles, descriptor: Descriptor): Promise<string> {
  const file = shortDocument(descriptor.digest, blob(files, descriptor));
  return textOf(verified(descriptor.digest, chunksOf(file), descriptor.digest));
}
