// The files of an image layout or of an archive of one: a directory, or a tar archive of it that is read in place.

import * as fs from 'node:fs';
import { posix } from 'node:path';
import { RuntimeError } from '../error/error.ts';
import { compressionIn } from '../image/documents.ts';
import { TarReader } from '../image/tar/reader.ts';
import { attempt } from './attempt.ts';
import { exists, isBelow, isDirectory, isMissing, realPath } from './files.ts';

/** A file of an image: bytes of a file on disk. */
export type ImageFile = { readonly path: string; readonly offset: number; readonly size: number };

export type ImageFiles = {
  /** Null when it is not there. `name`: a relative path, as `blobs/sha256/…`. */
  readonly find: (name: string) => ImageFile | null;
  /** For messages. */
  readonly path: string;
};

/** Throws NOT_FOUND when there is nothing at the path, INVALID_CONFIG for what is neither a directory nor a tar archive. */
export function openImageFiles(path: string): ImageFiles {
  if (!exists(path))
    throw new RuntimeError('NOT_FOUND', `image "${path}": no such file or directory (ENOENT)`, { ref: path });
  return isDirectory(path) ? filesOfDirectory(path) : filesOfArchive(path);
}

function filesOfDirectory(path: string): ImageFiles {
  const root = realPath(path);
  // A name cannot lead out, as in an archive.
  return { path, find: (name) => findBelow(root, path + posix.join('/', name)) };
}

/**
 * Finds a file and holds it by an fd, so that later changes of the directory have no effect. Throws INVALID_CONFIG for a symbolic
 * link that leads out of the root, and for what is no regular file.
 */
function findBelow(root: string, name: string): ImageFile | null {
  const fd = openIfThere(name);
  if (fd === null) return null;
  const path = `/proc/self/fd/${fd}`;
  const found = fs.fstatSync(fd);
  const refused = refusalOf(found, fs.readlinkSync(path), root);
  if (refused === null) return { path, offset: 0, size: found.size };
  fs.closeSync(fd);
  throw new RuntimeError('INVALID_CONFIG', `"${name}" ${refused}`, { ref: name });
}

/** O_PATH of open(2), which finds a file and does not open it: an open of a fifo would block, one of a device may act on it. */
const pathOnly = 0o10_000_000;

function openIfThere(name: string): number | null {
  return attempt(name, `open "${name}"`, () => {
    try {
      return fs.openSync(name, pathOnly);
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  });
}

/** Why it is not read. A device has no size. */
function refusalOf(found: fs.Stats, target: string, root: string): string | null {
  if (!found.isFile()) return 'is no regular file';
  return isBelow(target, root) ? null : `leads out of the image, to "${target}"`;
}

/** Links of an archive that are followed, one after the other. */
const longestChain = 16;

function filesOfArchive(path: string): ImageFiles {
  const { files, links } = indexOf(path);
  const find = (name: string, followed = 0): ImageFile | null => {
    const target = links.get(name);
    if (target === undefined || followed > longestChain) return files.get(name) ?? null;
    return find(target, followed + 1);
  };
  return { path, find: (name) => find(name) };
}

type ArchiveIndex = {
  readonly files: ReadonlyMap<string, ImageFile>;
  /** Hard and symbolic links, to names of the archive. */
  readonly links: ReadonlyMap<string, string>;
};

const chunkSize = 64 << 10;
/** An image has a few files for each layer. */
const mostEntries = 100_000;

function indexOf(path: string): ArchiveIndex {
  const files = new Map<string, ImageFile>();
  const links = new Map<string, string>();
  const tar = new TarReader();
  const fd = attempt(path, `open "${path}"`, () => fs.openSync(path, 'r'));
  try {
    if (!fs.fstatSync(fd).isFile())
      throw new RuntimeError('INVALID_CONFIG', `"${path}" is neither a directory nor a regular file`, {
        ref: path,
      });
    const chunk = Buffer.alloc(chunkSize);
    for (let position = 0; !tar.ended; ) {
      const length = attempt(path, `read "${path}"`, () => fs.readSync(fd, chunk, 0, chunk.length, position));
      if (length === 0) break;
      if (position === 0 && compressionIn(chunk.subarray(0, length)) !== 'none')
        throw new RuntimeError('INVALID_CONFIG', 'it is compressed: decompress it first');
      for (const event of tar.feed(chunk.subarray(0, length))) {
        if (event.kind !== 'entry') continue;
        const { kind, name, linkName, size } = event.entry;
        const key = posix.join('/', name.toString()).slice(1);
        if (kind === 'file') files.set(key, { path, offset: tar.position, size });
        if (kind === 'hardLink') links.set(key, posix.join('/', linkName.toString()).slice(1));
        if (kind === 'symbolicLink')
          links.set(key, posix.join('/', posix.dirname(key), linkName.toString()).slice(1));
        if (files.size + links.size > mostEntries)
          throw new RuntimeError(
            'INVALID_CONFIG',
            `"${path}" has more than ${mostEntries} files: it is no image`,
            { ref: path },
          );
      }
      position += length + tar.skip();
    }
    tar.finish();
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    throw new RuntimeError(error.code, `image "${path}": ${error.message}`, { ref: path, cause: error });
  } finally {
    fs.closeSync(fd);
  }
  return { files, links };
}

/** Bytes of a file, some at a time. `progress` is told how many there were so far. */
export async function* chunksOf(
  { path, offset, size }: ImageFile,
  progress: (read: number) => void = () => undefined,
): AsyncGenerator<Buffer> {
  if (size === 0) return;
  const range = { start: offset, end: offset + size - 1, highWaterMark: 256 << 10 };
  const stream = fs.createReadStream(path, range);
  let read = 0;
  try {
    for await (const chunk of stream) {
      read += chunk.length;
      progress(read);
      yield chunk;
    }
  } finally {
    stream.destroy();
  }
}
