// The documents of an image: layout, index, manifest and configuration (image-spec), and the manifest of `docker save`.

import { z } from 'zod';
import { RuntimeError } from '../error/error.ts';
import { formatProblem, problemOf } from '../spec/diagnostic.ts';
import { parseJson } from '../spec/json.ts';
import { expected, list, object, record, text } from '../spec/leaf.ts';
import { withoutNulls } from '../spec/unset.ts';

const mediaType = text.regex(/^[^\s]+$/, expected('a media type'));

/** A digest with an algorithm that is registered (descriptor.md#registered-algorithms). */
const digest = text.regex(
  /^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/,
  expected('a digest: sha256: with 64, or sha512: with 128 hexadecimal digits'),
);

const size = z
  .int(expected('a number of bytes'))
  .min(0, expected('a number of bytes'))
  .max(Number.MAX_SAFE_INTEGER, expected('a number of bytes'));

const platform = object({
  architecture: text,
  os: text,
  variant: text.optional(),
});

const descriptor = object({
  mediaType,
  digest,
  size,
  annotations: record(text).optional(),
  platform: platform.optional(),
});

const schemaVersion = z.literal(2, expected('2')).optional();

export const layoutSchema = object({
  imageLayoutVersion: z.literal('1.0.0', expected('"1.0.0"')),
});

export const indexSchema = object({
  schemaVersion,
  mediaType: mediaType.optional(),
  manifests: list(descriptor),
});

export const manifestSchema = object({
  schemaVersion,
  mediaType: mediaType.optional(),
  config: descriptor,
  layers: list(descriptor).optional(),
});

const texts = list(text).optional();
/** A Go map whose values are empty objects. */
const set = record(z.unknown()).optional();

export const imageConfigSchema = object({
  architecture: text,
  os: text,
  variant: text.optional(),
  'os.version': text.optional(),
  'os.features': texts,
  author: text.optional(),
  created: text.optional(),
  config: object({
    User: text.optional(),
    ExposedPorts: set,
    Env: texts,
    Entrypoint: texts,
    Cmd: texts,
    Volumes: set,
    WorkingDir: text.optional(),
    Labels: record(text).optional(),
    StopSignal: text.optional(),
  }).optional(),
  rootfs: object({
    type: z.literal('layers', expected('"layers"')),
    diff_ids: list(digest).optional(),
  }),
});

/** manifest.json of `docker save` and `podman save`. */
export const dockerManifestSchema = list(
  object({
    Config: text,
    RepoTags: texts,
    Layers: texts,
  }),
);

export type Descriptor = z.infer<typeof descriptor>;
export type Index = z.infer<typeof indexSchema>;
export type ImageConfig = z.infer<typeof imageConfigSchema>;

/** Checks the text of a document. Throws INVALID_CONFIG with everything that is wrong with it. */
export async function parseDocument<T extends z.ZodType>(
  name: string,
  content: string,
  schema: T,
): Promise<z.infer<T>> {
  const document = withoutNulls(await parseJson(content, name));
  const result = schema.safeParse(document);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => formatProblem(problemOf(document, issue)));
  throw new RuntimeError('INVALID_CONFIG', `${name}: ${problems.join('; ')}`, { ref: name });
}

const indexTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];
const manifestTypes = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];
const configTypes = [
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
];

export type DescriptorKind = 'index' | 'manifest' | 'config' | 'other';

export function kindOf({ mediaType: type }: Pick<Descriptor, 'mediaType'>): DescriptorKind {
  if (indexTypes.includes(type)) return 'index';
  if (manifestTypes.includes(type)) return 'manifest';
  return configTypes.includes(type) ? 'config' : 'other';
}

export type Compression = 'none' | 'gzip' | 'zstd';

const layerTypes: Readonly<Record<string, Compression>> = {
  'application/vnd.oci.image.layer.v1.tar': 'none',
  'application/vnd.oci.image.layer.v1.tar+gzip': 'gzip',
  'application/vnd.oci.image.layer.v1.tar+zstd': 'zstd',
  'application/vnd.docker.image.rootfs.diff.tar': 'none',
  'application/vnd.docker.image.rootfs.diff.tar.gzip': 'gzip',
  'application/vnd.docker.image.rootfs.diff.tar.zstd': 'zstd',
};

/** Of a layer, by its media type. Throws NOT_SUPPORTED for one that cannot be unpacked. */
export function compressionOf(name: string, type: string): Compression {
  const compression = layerTypes[type];
  if (compression !== undefined) return compression;
  const why = /foreign|nondistributable/.test(type)
    ? 'it is kept elsewhere, and not part of the image'
    : type.endsWith('+encrypted')
      ? 'it is encrypted'
      : `expected one of ${Object.keys(layerTypes).join(', ')}`;
  throw new RuntimeError('NOT_SUPPORTED', `${name}: layer of type "${type}" cannot be unpacked: ${why}`, {
    ref: name,
  });
}

/** By its first bytes, for a layer without a media type (RFC 1952, RFC 8878). */
export function compressionIn(start: Buffer): Compression {
  if (start[0] === 0x1f && start[1] === 0x8b) return 'gzip';
  const frame = start.length >= 4 ? start.readUInt32LE() : 0;
  return frame === 0xfd2fb528 || (frame & 0xfffffff0) >>> 0 === 0x184d2a50 ? 'zstd' : 'none';
}
