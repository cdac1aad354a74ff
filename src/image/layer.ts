// A layer of an image (image-spec, layer.md): its archive to the steps that slipway-init runs on a root file system.

import { RuntimeError } from '../error/error.ts';
import type { WireStep } from '../init/protocol.ts';
import { shownName, type TarEntry, type TarKind } from './tar/entry.ts';
import { TarReader } from './tar/reader.ts';

/** What all layers of an image may hold at most. */
export type Limits = {
  /** Bytes of all files, holes included. */
  readonly size: number;
  readonly entries: number;
  /** Names in one path. */
  readonly depth: number;
  /** Bytes of an archive for each byte of its compressed layer. */
  readonly ratio: number;
};

/** A small layer may be of zeros: bytes that the ratio does not count. */
const ratioGrace = 64 << 20;

/** Throws INVALID_CONFIG for an archive that is much longer than the layer that holds it. */
export function demandRatio(archive: number, layer: number, { ratio }: Limits): void {
  if (archive > ratio * layer + ratioGrace)
    throw tooMuch(`a layer of ${layer} bytes that becomes more than ${archive}`, '--max-ratio');
}

/** What the caller may make. */
export type Rights = {
  /** The id in the root file system of an id in the archive. */
  readonly uid: (id: number) => number;
  readonly gid: (id: number) => number;
  /** Device nodes; else empty files stand in for them, as umoci makes them. */
  readonly devices: boolean;
};

/** What the layers of an image hold so far. */
export type Totals = { size: number; entries: number };

const fileTypes: Readonly<Record<Exclude<TarKind, 'hardLink'>, number>> = {
  fifo: 0o010000,
  characterDevice: 0o020000,
  directory: 0o040000,
  blockDevice: 0o060000,
  file: 0o100000,
  symbolicLink: 0o120000,
};

const whiteoutPrefix = '.wh.';
const opaque = '.wh..wh..opq';

export class LayerReader {
  readonly #tar = new TarReader();
  readonly #limits: Limits;
  readonly #totals: Totals;
  readonly #rights: Rights;
  /** Called for what is left out. */
  readonly #warn: (message: string) => void;
  /** The data of a file goes on; that of a whiteout does not. */
  #open = false;

  constructor(limits: Limits, totals: Totals, rights: Rights, warn: (message: string) => void) {
    this.#limits = limits;
    this.#totals = totals;
    this.#rights = rights;
    this.#warn = warn;
  }

  /** Throws INVALID_CONFIG for what no layer may have. */
  *steps(chunk: Buffer): Generator<WireStep> {
    for (const event of this.#tar.feed(chunk)) {
      if (event.kind === 'entry') yield* this.#entry(event.entry);
      else if (event.kind === 'data' && this.#open)
        yield { op: 'data', offset: BigInt(event.offset), bytes: event.bytes };
      else if (event.kind === 'end' && this.#open) {
        this.#open = false;
        yield { op: 'endFile' };
      }
    }
  }

  finish(): void {
    this.#tar.finish();
  }

  *#entry(entry: TarEntry): Generator<WireStep> {
    this.#count(entry);
    const parts = this.#parts(entry.name);
    const last = parts.at(-1)?.toString('latin1') ?? '';
    if (last.startsWith(whiteoutPrefix)) {
      yield* whiteout(entry.name, parts, last);
      return;
    }
    const path = join(parts);
    if (parts.length === 0 && entry.kind !== 'directory')
      throw refused(entry.name, 'would take the place of the root directory');
    if (entry.kind === 'hardLink') {
      const target = this.#parts(entry.linkName);
      if (target.length === 0) throw refused(entry.name, 'is a hard link to the root directory');
      yield { op: 'hardLink', path, target: join(target) };
      return;
    }
    if (entry.kind === 'symbolicLink' && entry.linkName.length === 0)
      throw refused(entry.name, 'is a symbolic link to nothing');
    for (const [name, value] of entry.attributes)
      if (this.#takesAttribute(name)) yield { op: 'attribute', name: Buffer.from(name, 'latin1'), value };
    const made = this.#permitted(entry);
    yield { op: 'entry', path, ...this.#status(made), target: entry.linkName };
    this.#open = made.kind === 'file';
  }

  /** The entry, or the empty file that stands in for a device. */
  #permitted(entry: TarEntry): TarEntry {
    if (this.#rights.devices || (entry.kind !== 'characterDevice' && entry.kind !== 'blockDevice'))
      return entry;
    this.#warn(`without root no devices can be made: ${shownName(entry.name)} is an empty file`);
    return { ...entry, kind: 'file', mode: 0, major: 0, minor: 0 };
  }

  #status(entry: TarEntry) {
    const { uid, gid } = this.#rights;
    const atime = entry.atime ?? entry.mtime;
    return {
      type: fileTypes[entry.kind as keyof typeof fileTypes],
      mode: entry.mode,
      uid: uid(entry.uid),
      gid: gid(entry.gid),
      mtime: BigInt.asUintN(64, entry.mtime.seconds),
      mtimeNanoseconds: entry.mtime.nanoseconds,
      atime: BigInt.asUintN(64, atime.seconds),
      atimeNanoseconds: atime.nanoseconds,
      major: entry.major,
      minor: entry.minor,
      size: BigInt(entry.size),
    };
  }

  #count({ size }: TarEntry): void {
    this.#totals.entries += 1;
    this.#totals.size += size;
    const { size: sizeLimit, entries } = this.#limits;
    if (this.#totals.entries > entries) throw tooMuch(`more than ${entries} entries`, '--max-entries');
    if (this.#totals.size > sizeLimit) throw tooMuch(`more than ${sizeLimit} bytes`, '--max-size');
  }

  /** The names of a path: "/", "." and ".." count as in the root directory, whatever symbolic links there are (path_resolution(7)). */
  #parts(path: Buffer): readonly Buffer[] {
    const parts: Buffer[] = [];
    for (let at = 0; at <= path.length; ) {
      const slash = path.indexOf(47, at);
      const end = slash < 0 ? path.length : slash;
      const part = path.subarray(at, end);
      at = end + 1;
      if (part.length === 0 || part.equals(dot)) continue;
      if (part.equals(dots)) parts.pop();
      else parts.push(part);
    }
    if (parts.length > this.#limits.depth)
      throw tooMuch(`a path of more than ${this.#limits.depth} names`, '--max-depth');
    return parts;
  }

  /** Attributes that make the kernel or an overlay trust a file are for the host to give, not for an image. */
  #takesAttribute(name: string): boolean {
    if (/^(user\.|security\.capability$|system\.posix_acl_(access|default)$)/.test(name)) return true;
    this.#warn(`extended attributes ${JSON.stringify(name)} of the image are left out`);
    return false;
  }
}

const dot = Buffer.from('.');
const dots = Buffer.from('..');

function join(parts: readonly Buffer[]): Buffer {
  const bytes = parts.flatMap((part) => [Buffer.from('/'), part]);
  return Buffer.concat(bytes).subarray(1);
}

function* whiteout(name: Buffer, parts: readonly Buffer[], last: string): Generator<WireStep> {
  const above = parts.slice(0, -1);
  if (last === opaque) {
    yield { op: 'whiteout', path: join(above), opaque: true };
    return;
  }
  // AUFS keeps files of its own under such names.
  if (last.startsWith('.wh..wh.')) return;
  const removed = last.slice(whiteoutPrefix.length);
  if (['', '.', '..'].includes(removed)) throw refused(name, 'is a whiteout of no name');
  yield { op: 'whiteout', path: join([...above, Buffer.from(removed, 'latin1')]), opaque: false };
}

function refused(name: Buffer, why: string): RuntimeError {
  return new RuntimeError('INVALID_CONFIG', `${shownName(name)} ${why}`, { ref: 'layer.md' });
}

function tooMuch(what: string, option: string): RuntimeError {
  return new RuntimeError('INVALID_CONFIG', `the image holds ${what}; ${option} changes this limit`, {
    ref: 'layer.md',
  });
}
