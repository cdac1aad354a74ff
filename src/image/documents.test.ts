import { describe, expect, test } from 'vitest';
import {
  compressionIn,
  compressionOf,
  imageConfigSchema,
  indexSchema,
  kindOf,
  parseDocument,
} from './documents.ts';

const digest = `sha256:${'0'.repeat(64)}`;
const manifest = 'application/vnd.oci.image.manifest.v1+json';

describe('documents of an image', () => {
  test('what Go writes as null is left out, and what nobody knows is passed over', async () => {
    const text = JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      variant: null,
      future: { x: 1 },
      config: { Cmd: null, Labels: null },
      rootfs: { type: 'layers', diff_ids: [digest] },
    });
    const config = await parseDocument('config', text, imageConfigSchema);
    expect(config.variant).toBeUndefined();
    expect(config.config).toEqual({});
  });

  test('every problem is said on one line, with its pointer', async () => {
    const manifests = [{ mediaType: '', digest: 'md5:0', size: -1 }];
    const parsed = parseDocument('index.json', JSON.stringify({ schemaVersion: 1, manifests }), indexSchema);
    await expect(parsed).rejects.toThrow(
      /^index\.json: \/schemaVersion: expected 2.*; \/manifests\/0\/mediaType: .*; \/manifests\/0\/digest: .*; \/manifests\/0\/size: [^\n]*$/,
    );
  });

  test.each(['{', '', '[]', 'null', '{"manifests":{}}'])('%j is no index', async (text) => {
    await expect(parseDocument('index.json', text, indexSchema)).rejects.toThrow(/index\.json/);
  });

  test.each([
    [manifest, 'manifest'],
    ['application/vnd.docker.distribution.manifest.v2+json', 'manifest'],
    ['application/vnd.oci.image.index.v1+json', 'index'],
    ['application/vnd.docker.container.image.v1+json', 'config'],
    ['application/vnd.oci.empty.v1+json', 'other'],
  ])('%s: %s', (mediaType, kind) => {
    expect(kindOf({ mediaType })).toBe(kind);
  });

  test.each([
    ['application/vnd.oci.image.layer.v1.tar+gzip', 'gzip'],
    ['application/vnd.oci.image.layer.v1.tar', 'none'],
    ['application/vnd.docker.image.rootfs.diff.tar.zstd', 'zstd'],
  ])('a layer of %s: %s', (mediaType, compression) => {
    expect(compressionOf('layer', mediaType)).toBe(compression);
  });

  test.each([
    'application/vnd.oci.image.layer.v1.tar+encrypted',
    'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
    'text/plain',
  ])('a layer of %s is refused', (mediaType) => {
    expect(() => compressionOf('layer', mediaType)).toThrow('layer');
  });

  test.each([
    ['1f8b08', 'gzip'],
    ['28b52ffd', 'zstd'],
    ['666f6f', 'none'],
    ['', 'none'],
  ])('a file that begins with %s: %s', (hex, compression) => {
    expect(compressionIn(Buffer.from(hex, 'hex'))).toBe(compression);
  });
});
