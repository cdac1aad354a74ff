// Blobs of an image: bytes whose digest and size are known (image-spec, descriptor.md).

import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { errnoText } from '../error/errno.ts';
import { RuntimeError } from '../error/error.ts';
import type { Compression } from '../image/documents.ts';
import { errorCode } from './files.ts';

/** Passes bytes on. Throws INVALID_CONFIG at their end when their digest is another one. */
export async function* verified(
  name: string,
  chunks: AsyncIterable<Buffer>,
  digest: string,
): AsyncGenerator<Buffer> {
  const [algorithm = '', wanted = ''] = digest.split(':');
  const hash = createHash(algorithm);
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
  const found = hash.digest('hex');
  if (found !== wanted)
    throw new RuntimeError('INVALID_CONFIG', `${name}: its digest is ${algorithm}:${found}, not ${digest}`, {
      ref: name,
    });
}

const chunkSize = 256 << 10;

/** By zlib and libzstd of the JavaScript engine, which read several gzip members or zstd frames in a row. */
export async function* decompressed(
  name: string,
  chunks: AsyncIterable<Buffer>,
  compression: Compression,
): AsyncGenerator<Buffer> {
  if (compression === 'none') {
    yield* chunks;
    return;
  }
  const stream = compression === 'gzip' ? createGunzip({ chunkSize }) : createZstdDecompress({ chunkSize });
  const source = Readable.from(chunks, { objectMode: false });
  source.on('error', (error) => stream.destroy(error));
  source.pipe(stream);
  try {
    for await (const chunk of stream) yield chunk;
  } catch (cause) {
    if (cause instanceof RuntimeError) throw cause;
    const code = errorCode(cause);
    const why = code?.startsWith('E') === true ? errnoText(code) : (cause as Error).message;
    throw new RuntimeError('INVALID_CONFIG', `${name}: ${compression}: ${why}`, { ref: name, cause });
  } finally {
    source.destroy();
    stream.destroy();
  }
}

/** All of a stream, as text. */
export async function textOf(chunks: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of chunks) parts.push(part);
  return Buffer.concat(parts).toString();
}
