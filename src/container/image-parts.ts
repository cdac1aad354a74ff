// What layouts and archives have in common: layers, platforms, documents.

import { RuntimeError } from '../error/error.ts';
import { decompressed, textOf, verified } from '../host/blob.ts';
import { chunksOf, type ImageFile, type ImageFiles } from '../host/image-files.ts';
import type { Compression, ImageConfig } from '../image/documents.ts';
import { formatPlatform, isSamePlatform, type Platform } from '../image/platform.ts';

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

type Blob = {
  readonly name: string;
  readonly file: ImageFile;
  /** Of the file; null where the image does not say. */
  readonly digest: string | null;
  /** Of the archive in it. */
  readonly diffId: string;
  readonly compression: Compression;
};

export function layerOf({ name, file, digest, diffId, compression }: Blob): Layer {
  const archive: Layer['archive'] = (progress) => {
    const chunks = chunksOf(file, progress);
    const stored = digest === null ? chunks : verified(name, chunks, digest);
    return compression === 'none' && digest === diffId
      ? stored
      : verified(`archive of ${name}`, decompressed(name, stored, compression), diffId);
  };
  return { name, size: file.size, archive, ids: 'image' };
}

export type WithConfig = Image & { readonly config: ImageConfig };

export function demandPlatform(config: ImageConfig, platform: Platform, path: string): void {
  if (isSamePlatform(config, platform)) return;
  const found = formatPlatform(config);
  throw wrong(
    path,
    `it is for ${found}, not for ${formatPlatform(platform)}; --platform ${found} takes it all the same`,
  );
}

export function namesThere(names: readonly string[]): string {
  const quoted = [...new Set(names)].map((name) => `"${name}"`);
  return quoted.length === 0 ? 'it has none' : `it has ${quoted.join(', ')}`;
}

export function diffIdsOf({ rootfs }: ImageConfig, layers: number): readonly string[] {
  const { diff_ids: diffIds = [] } = rootfs;
  if (diffIds.length === layers) return diffIds;
  throw new RuntimeError(
    'INVALID_CONFIG',
    `configuration of the image: /rootfs/diff_ids: ${diffIds.length} digests, and the manifest has ${layers} layers`,
    { ref: '/rootfs/diff_ids' },
  );
}

export async function documentIn(files: ImageFiles, name: string): Promise<string> {
  return textOf(chunksOf(shortDocument(name, fileIn(files, name))));
}

export function shortDocument(name: string, file: ImageFile): ImageFile {
  if (file.size <= longestDocument) return file;
  throw wrong(name, `a document of ${file.size} bytes; the longest that is read has ${longestDocument}`);
}

export function fileIn(files: ImageFiles, name: string): ImageFile {
  const found = files.find(name);
  if (found !== null) return found;
  throw new RuntimeError('NOT_FOUND', `image "${files.path}" has no "${name}"`, { ref: name });
}

export function wrong(what: string, message: string): RuntimeError {
  return new RuntimeError('INVALID_CONFIG', `image: ${what}: ${message}`, { ref: what });
}
