// Finds an image on disk, and what it is made of (image-spec, image-layout.md).

import { RuntimeError } from '../error/error.ts';
import { decompressed, textOf, verified } from '../host/blob.ts';
import { archiveOf } from '../host/directory-archive.ts';
import { isDirectory } from '../host/files.ts';
import { chunksOf, type ImageFile, type ImageFiles, openImageFiles } from '../host/image-files.ts';
import {
  type Compression,
  compressionIn,
  compressionOf,
  type Descriptor,
  dockerManifestSchema,
  type ImageConfig,
  type Index,
  imageConfigSchema,
  indexSchema,
  kindOf,
  layoutSchema,
  manifestSchema,
  parseDocument,
} from '../image/documents.ts';
import { formatPlatform, isSamePlatform, type Platform, platformOf } from '../image/platform.ts';
import type { ImageName } from '../image/reference.ts';

export type Layer = {
  /** For messages. */
  readonly name: string;
  /** Bytes that are read for its archive; null where nobody knows before. */
  readonly size: number | null;
  /** Its archive, verified. `progress` is told how many bytes were read, `warn` what is left out. */
  readonly archive: (progress: (read: number) => void, warn: (text: string) => void) => AsyncIterable<Buffer>;
  /** Whose ids are in the archive. */
  readonly ids: 'image' | 'host';
};

/** `config`: null for a root file system, which has none. */
export type Image = { readonly config: ImageConfig | null; readonly layers: readonly Layer[] };

/** Longest document in bytes: registries take no longer manifest, and no configuration comes close. */
const longestDocument = 4 << 20;

/** How deep an index may nest indexes. */
const deepestIndex = 4;

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

type Blob = {
  readonly name: string;
  readonly file: ImageFile;
  /** Of the file; null where the image does not say. */
  readonly digest: string | null;
  /** Of the archive in it. */
  readonly diffId: string;
  readonly compression: Compression;
};

function layerOf({ name, file, digest, diffId, compression }: Blob): Layer {
  const archive: Layer['archive'] = (progress) => {
    const chunks = chunksOf(file, progress);
    const stored = digest === null ? chunks : verified(name, chunks, digest);
    return compression === 'none' && digest === diffId
      ? stored
      : verified(`archive of ${name}`, decompressed(name, stored, compression), diffId);
  };
  return { name, size: file.size, archive, ids: 'image' };
}

type WithConfig = Image & { readonly config: ImageConfig };

function demandPlatform(config: ImageConfig, platform: Platform, path: string): void {
  if (isSamePlatform(config, platform)) return;
  const found = formatPlatform(config);
  throw wrong(
    path,
    `it is for ${found}, not for ${formatPlatform(platform)}; --platform ${found} takes it all the same`,
  );
}

async function findInLayout(
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
  const diffIds = demandDiffIds(config, layers.length);
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

function namesThere(names: readonly string[]): string {
  const quoted = [...new Set(names)].map((name) => `"${name}"`);
  return quoted.length === 0 ? 'it has none' : `it has ${quoted.join(', ')}`;
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

async function findInArchive(files: ImageFiles, { reference }: ImageName): Promise<WithConfig> {
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
  const diffIds = demandDiffIds(config, Layers.length);
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

function demandDiffIds({ rootfs }: ImageConfig, layers: number): readonly string[] {
  const { diff_ids: diffIds = [] } = rootfs;
  if (diffIds.length === layers) return diffIds;
  throw new RuntimeError(
    'INVALID_CONFIG',
    `configuration of the image: /rootfs/diff_ids: ${diffIds.length} digests, and the manifest has ${layers} layers`,
    { ref: '/rootfs/diff_ids' },
  );
}

function blob(files: ImageFiles, { digest, size }: Descriptor): ImageFile {
  const file = fileIn(files, `blobs/${digest.replace(':', '/')}`);
  if (file.size !== size) throw wrong(digest, `it has ${file.size} bytes, and its descriptor says ${size}`);
  return file;
}

async function blobText(files: ImageFiles, descriptor: Descriptor): Promise<string> {
  const file = demandShort(descriptor.digest, blob(files, descriptor));
  return textOf(verified(descriptor.digest, chunksOf(file), descriptor.digest));
}

async function documentIn(files: ImageFiles, name: string): Promise<string> {
  return textOf(chunksOf(demandShort(name, fileIn(files, name))));
}

function demandShort(name: string, file: ImageFile): ImageFile {
  if (file.size <= longestDocument) return file;
  throw wrong(name, `a document of ${file.size} bytes; the longest that is read has ${longestDocument}`);
}

function fileIn(files: ImageFiles, name: string): ImageFile {
  const found = files.find(name);
  if (found !== null) return found;
  throw new RuntimeError('NOT_FOUND', `image "${files.path}" has no "${name}"`, { ref: name });
}

function wrong(what: string, message: string): RuntimeError {
  return new RuntimeError('INVALID_CONFIG', `image: ${what}: ${message}`, { ref: what });
}
