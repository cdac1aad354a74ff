// Reads a tar archive: ustar, PAX (pax(1), POSIX.1-2024) and GNU tar's own records, as image layers have them. It is a push
// parser: chunks go in, what they hold comes out, and no more than one header is kept.
//
// tar-stream, node-tar and modern-tar decode PAX records as UTF-8, which destroys names and extended attributes that are bytes
// (security.capability), and none of them reads sparse files.

import { RuntimeError } from '../error/error.ts';

/** Seconds since 1970, and nanoseconds on top of them. */
export type Time = { readonly seconds: bigint; readonly nanoseconds: number };

export type TarKind =
  | 'file'
  | 'hardLink'
  | 'symbolicLink'
  | 'characterDevice'
  | 'blockDevice'
  | 'directory'
  | 'fifo';

/** Names are the bytes of the archive, as they are. */
export type TarEntry = {
  readonly kind: TarKind;
  readonly name: Buffer;
  /** Of a hard link: the name of an entry; of a symbolic link: what it says. */
  readonly linkName: Buffer;
  /** Permission bits with setuid, setgid and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of a file, holes included; 0 for every other kind. */
  readonly size: number;
  readonly mtime: Time;
  /** Null where the archive does not say. */
  readonly atime: Time | null;
  readonly major: number;
  readonly minor: number;
  /** Extended attributes, by name. */
  readonly attributes: ReadonlyMap<string, Buffer>;
};

export type TarEvent =
  | { readonly kind: 'entry'; readonly entry: TarEntry }
  /** Part of a file: what stands at an offset. Holes have none. */
  | { readonly kind: 'data'; readonly offset: number; readonly bytes: Buffer }
  /** The file, or the entry of another kind, is whole. */
  | { readonly kind: 'end' };

type Region = { readonly offset: number; readonly length: number };

const block = 512;
/** Longest PAX header, long name or sparse map, in bytes. */
const longestRecord = 1 << 20;
const empty = Buffer.alloc(0);

/** An archive that is not one, or is cut short. */
export class TarError extends RuntimeError {
  constructor(message: string) {
    super('INVALID_CONFIG', message, { ref: 'layer.md' });
  }
}

/** What the parser waits for. */
type Wanted = {
  readonly length: number;
  readonly take: (bytes: Buffer) => Iterable<TarEvent>;
  /** The archive may end before it. */
  readonly last: boolean;
};

export class TarReader {
  #pending: Buffer[] = [];
  #have = 0;
  #wanted: Wanted | null;
  /** Of the file that is read: what is to come of its data, and of the padding behind it. */
  #regions: Region[] = [];
  #stored = 0;
  #written = 0;
  #padding = 0;
  #next: Extension = {};
  #zeroBlock = false;
  #position = 0;

  constructor() {
    this.#wanted = this.#header();
  }

  /** The archive has come to its end: whatever follows is not part of it. */
  get ended(): boolean {
    return this.#wanted === null;
  }

  /** Bytes of the archive that were taken; at an entry: where its data begins. */
  get position(): number {
    return this.#position;
  }

  /** Goes to the end of the data at hand, which is not to be fed. Returns how many bytes that leaves out. */
  skip(): number {
    const skipped = this.#stored + this.#padding;
    this.#stored = 0;
    this.#padding = 0;
    this.#position += skipped;
    return skipped;
  }

  /** Throws INVALID_CONFIG for what is no archive. */
  *feed(chunk: Buffer): Generator<TarEvent> {
    let rest = chunk;
    while (this.#wanted !== null && rest.length > 0) {
      if (this.#stored > 0) {
        rest = yield* this.#takeData(rest);
        continue;
      }
      if (this.#padding > 0) {
        const skipped = Math.min(this.#padding, rest.length);
        this.#padding -= skipped;
        this.#position += skipped;
        rest = rest.subarray(skipped);
        continue;
      }
      const { length, take } = this.#wanted;
      const missing = length - this.#have;
      const part = rest.subarray(0, missing);
      rest = rest.subarray(part.length);
      this.#have += part.length;
      this.#position += part.length;
      if (this.#have < length) {
        this.#pending.push(Buffer.from(part));
        continue;
      }
      const bytes = this.#pending.length === 0 ? part : Buffer.concat([...this.#pending, part]);
      this.#pending = [];
      this.#have = 0;
      yield* take(bytes);
    }
  }

  /** Throws INVALID_CONFIG where an archive is cut short. Archives without the two blocks of zeros at their end are taken. */
  finish(): void {
    const inside =
      this.#wanted?.last === false ||
      this.#have > 0 ||
      this.#stored > 0 ||
      this.#padding > 0 ||
      Object.keys(this.#next).length > 0;
    if (!this.ended && inside) throw new TarError('the archive is cut short');
  }

  #header(): Wanted {
    return { length: block, take: (bytes) => this.#takeHeader(bytes), last: true };
  }

  #takeHeader(bytes: Buffer): Iterable<TarEvent> {
    if (isZero(bytes)) {
      if (this.#zeroBlock) this.#wanted = null;
      this.#zeroBlock = true;
      return [];
    }
    if (this.#zeroBlock) throw new TarError('a block of zeros stands within the archive');
    const header = parseHeader(bytes);
    switch (header.type) {
      case 'x':
        return this.#read(header.size, (body) => ({ ...this.#next, pax: parsePax(body) }));
      case 'g':
        // Global PAX headers: no tool applies them to layers.
        return this.#read(header.size, () => this.#next);
      case 'L':
        return this.#read(header.size, (body) => ({ ...this.#next, name: untilNul(body) }));
      case 'K':
        return this.#read(header.size, (body) => ({ ...this.#next, linkName: untilNul(body) }));
      default:
    }
    const extension = this.#next;
    this.#next = {};
    const { entry, stored, sparse } = completed(header, extension);
    if (sparse.kind === 'inData') return this.#readSparseMap(entry, stored, '');
    if (sparse.kind === 'inBlocks')
      return this.#readSparseBlocks(entry, stored, [...sparse.regions], sparse.more);
    return this.#begin(entry, stored, sparse.kind === 'known' ? sparse.regions : null);
  }

  /** Waits for bytes that are no header. */
  #want(length: number, take: Wanted['take']): readonly TarEvent[] {
    this.#wanted = { length, take, last: false };
    return [];
  }

  /** Reads the body of an extension, and the padding behind it. */
  #read(length: number, extended: (body: Buffer) => Extension): readonly TarEvent[] {
    if (length > longestRecord)
      throw new TarError(`a header of ${length} bytes is longer than ${longestRecord}`);
    const take = (bytes: Buffer) => {
      this.#next = extended(bytes.subarray(0, length));
      this.#wanted = this.#header();
      return [];
    };
    return length === 0 ? take(empty) : this.#want(padded(length), take);
  }

  /** PAX, version 1.0 of the sparse format: the map stands in front of the data, in decimal lines, and is padded. */
  #readSparseMap(entry: TarEntry, stored: number, before: string): readonly TarEvent[] {
    const name = shownName(entry.name);
    if (stored < block) throw new TarError(`${name}: its sparse map is cut short`);
    if (before.length > longestRecord) throw new TarError(`${name}: its sparse map is too long`);
    return this.#want(block, (bytes) => {
      const text = before + bytes.toString('latin1');
      const regions = parseSparseLines(text);
      return regions === null
        ? this.#readSparseMap(entry, stored - block, text)
        : this.#begin(entry, stored - block, regions);
    });
  }

  /** GNU tar's old sparse format: further blocks with regions follow the header. */
  #readSparseBlocks(
    entry: TarEntry,
    stored: number,
    regions: readonly Region[],
    more: boolean,
  ): Iterable<TarEvent> {
    if (!more) return this.#begin(entry, stored, regions);
    if (regions.length > longestRecord / block)
      throw new TarError(`${shownName(entry.name)}: its sparse map is too long`);
    return this.#want(block, (bytes) =>
      this.#readSparseBlocks(entry, stored, [...regions, ...sparseRegions(bytes, 0, 21)], bytes[504] !== 0),
    );
  }

  #begin(entry: TarEntry, stored: number, regions: readonly Region[] | null): readonly TarEvent[] {
    this.#wanted = this.#header();
    if (regions !== null) checkRegions(shownName(entry.name), regions, stored, entry.size);
    this.#regions = regions === null ? [{ offset: 0, length: stored }] : [...regions];
    this.#stored = stored;
    this.#written = 0;
    this.#padding = padded(stored) - stored;
    return stored === 0 ? [{ kind: 'entry', entry }, { kind: 'end' }] : [{ kind: 'entry', entry }];
  }

  *#takeData(chunk: Buffer): Generator<TarEvent, Buffer> {
    let rest = chunk;
    while (this.#stored > 0 && rest.length > 0) {
      const region = this.#regions[0];
      if (region === undefined) throw new TarError('a sparse file has more data than regions');
      if (region.length === this.#written) {
        this.#regions.shift();
        this.#written = 0;
        continue;
      }
      const bytes = rest.subarray(0, region.length - this.#written);
      yield { kind: 'data', offset: region.offset + this.#written, bytes };
      this.#written += bytes.length;
      this.#stored -= bytes.length;
      this.#position += bytes.length;
      rest = rest.subarray(bytes.length);
    }
    if (this.#stored === 0) yield { kind: 'end' };
    return rest;
  }
}

/** PAX and GNU headers that extend the header behind them. */
type Extension = {
  readonly pax?: ReadonlyMap<string, Buffer>;
  readonly name?: Buffer;
  readonly linkName?: Buffer;
};

type Header = Omit<TarEntry, 'kind' | 'mtime' | 'atime' | 'attributes'> & {
  readonly type: string;
  readonly mtime: number;
  /** Of GNU tar's old sparse format. */
  readonly sparse: {
    readonly regions: readonly Region[];
    readonly more: boolean;
    readonly size: number;
  } | null;
};

function parseHeader(bytes: Buffer): Header {
  if (!hasChecksum(bytes))
    throw new TarError('a header of the archive has the wrong checksum: it is damaged, or no tar archive');
  const ustar = bytes.toString('latin1', 257, 263) === 'ustar\0';
  const gnu = bytes.toString('latin1', 257, 265) === 'ustar  \0';
  const type = bytes[156] === 0 ? '0' : String.fromCharCode(bytes[156] ?? 0);
  const name = untilNul(bytes.subarray(0, 100));
  const prefix = ustar ? untilNul(bytes.subarray(345, 500)) : empty;
  return {
    type,
    name: prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from('/'), name]),
    linkName: untilNul(bytes.subarray(157, 257)),
    mode: number(bytes, 100, 8, 'mode'),
    uid: number(bytes, 108, 8, 'uid'),
    gid: number(bytes, 116, 8, 'gid'),
    size: size(number(bytes, 124, 12, 'size')),
    mtime: number(bytes, 136, 12, 'mtime'),
    major: ustar || gnu ? number(bytes, 329, 8, 'device number') : 0,
    minor: ustar || gnu ? number(bytes, 337, 8, 'device number') : 0,
    sparse:
      type === 'S' && gnu
        ? {
            regions: sparseRegions(bytes, 386, 4),
            more: bytes[482] !== 0,
            size: size(number(bytes, 483, 12, 'size')),
          }
        : null,
  };
}

/** The sum of the bytes, with spaces for the sum itself; old programs took the bytes as signed. */
function hasChecksum(bytes: Buffer): boolean {
  let unsigned = 0;
  let signed = 0;
  for (let at = 0; at < block; at++) {
    const byte = at >= 148 && at < 156 ? 32 : (bytes[at] ?? 0);
    unsigned += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  const given = number(bytes, 148, 8, 'checksum');
  return given === unsigned || given === signed;
}

/** Octal digits; or, with the first bit set, a big-endian number of two's complement (GNU tar). */
function number(bytes: Buffer, at: number, length: number, what: string): number {
  const field = bytes.subarray(at, at + length);
  const first = field[0] ?? 0;
  if (first < 128) {
    const digits = untilNul(field).toString('latin1').trim();
    if (!/^[0-7]*$/.test(digits)) throw new TarError(`a header of the archive has no number as ${what}`);
    return digits === '' ? 0 : Number.parseInt(digits, 8);
  }
  // The bit behind the first one is the sign.
  let value = BigInt.asIntN(7, BigInt(first));
  for (const byte of field.subarray(1)) value = value * 256n + BigInt(byte);
  const result = Number(value);
  if (!Number.isSafeInteger(result)) throw new TarError(`a header of the archive has a ${what} out of range`);
  return result;
}

function size(value: number): number {
  if (value < 0) throw new TarError('a header of the archive has a size below 0');
  return value;
}

function untilNul(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0);
  return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end));
}

function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}

function padded(length: number): number {
  return Math.ceil(length / block) * block;
}

/** "LENGTH KEY=VALUE\n", where the length counts the whole record. */
function parsePax(body: Buffer): ReadonlyMap<string, Buffer> {
  const records = new Map<string, Buffer>();
  const regions: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(32, at);
    const digits = space < 0 ? '' : body.toString('latin1', at, space);
    const length = /^[0-9]{1,7}$/.test(digits) ? Number(digits) : 0;
    const end = at + length;
    const equals = body.indexOf(61, space);
    if (
      length === 0 ||
      end > body.length ||
      body[end - 1] !== 10 ||
      equals < 0 ||
      equals >= end ||
      equals === space + 1
    )
      throw new TarError('a PAX header of the archive is malformed');
    const key = body.toString('latin1', space + 1, equals);
    const value = Buffer.from(body.subarray(equals + 1, end - 1));
    if (key.includes('\0') || (!key.startsWith(attributePrefix) && value.includes(0)))
      throw new TarError('a PAX header of the archive has a NUL');
    // Version 0.0 of the sparse format has the same two keys for each region.
    if (key === 'GNU.sparse.offset' || key === 'GNU.sparse.numbytes') regions.push(value);
    else records.set(key, value);
    at = end;
  }
  if (regions.length > 0 && !records.has('GNU.sparse.map'))
    records.set('GNU.sparse.map', Buffer.from(regions.join(',')));
  return records;
}

const attributePrefix = 'SCHILY.xattr.';

const kinds: Readonly<Record<string, TarKind>> = {
  '0': 'file',
  '1': 'hardLink',
  '2': 'symbolicLink',
  '3': 'characterDevice',
  '4': 'blockDevice',
  '5': 'directory',
  '6': 'fifo',
  '7': 'file',
  S: 'file',
};

type Sparse =
  | { readonly kind: 'none' }
  | { readonly kind: 'known'; readonly regions: readonly Region[] }
  | { readonly kind: 'inData' }
  | { readonly kind: 'inBlocks'; readonly regions: readonly Region[]; readonly more: boolean };

/** A header with what its extensions say. stored: bytes that follow it. */
function completed(
  header: Header,
  { pax = new Map(), name: longName, linkName: longLink }: Extension,
): { readonly entry: TarEntry; readonly stored: number; readonly sparse: Sparse } {
  const name = filled(pax.get('GNU.sparse.name')) ?? filled(pax.get('path')) ?? longName ?? header.name;
  const type = header.type === '0' && name.at(-1) === 47 ? '5' : header.type;
  const kind = kinds[type];
  if (kind === undefined)
    throw new TarError(`${shownName(name)}: an entry of type "${type}" is not part of a layer`);
  const file = kind === 'file';
  const stored = file ? (paxNumber(pax, 'size') ?? header.size) : 0;
  const { sparse, size: real } = file ? sparseOf(header, pax, stored) : { sparse: noHoles, size: 0 };
  const attributes = new Map<string, Buffer>();
  for (const [key, value] of pax)
    if (key.startsWith(attributePrefix)) attributes.set(key.slice(attributePrefix.length), value);
  return {
    entry: {
      kind,
      name,
      linkName: filled(pax.get('linkpath')) ?? longLink ?? header.linkName,
      mode: header.mode & 0o7777,
      uid: ownerId(name, paxNumber(pax, 'uid') ?? header.uid),
      gid: ownerId(name, paxNumber(pax, 'gid') ?? header.gid),
      size: real,
      mtime: paxTime(pax, 'mtime') ?? { seconds: BigInt(header.mtime), nanoseconds: 0 },
      atime: paxTime(pax, 'atime'),
      major: header.major,
      minor: header.minor,
      attributes,
    },
    stored,
    sparse,
  };
}

const noHoles: Sparse = { kind: 'none' };

/** The formats of sparse files (GNU tar manual, "Storing Sparse Files"). */
function sparseOf(
  { sparse }: Header,
  pax: ReadonlyMap<string, Buffer>,
  stored: number,
): { readonly sparse: Sparse; readonly size: number } {
  if (sparse !== null)
    return { sparse: { kind: 'inBlocks', regions: sparse.regions, more: sparse.more }, size: sparse.size };
  if (pax.get('GNU.sparse.major')?.toString() === '1')
    return { sparse: { kind: 'inData' }, size: paxNumber(pax, 'GNU.sparse.realsize') ?? 0 };
  const map = pax.get('GNU.sparse.map');
  if (map === undefined) return { sparse: noHoles, size: stored };
  const numbers = map.length === 0 ? [] : map.toString('latin1').split(',').map(sparseNumber);
  return {
    sparse: { kind: 'known', regions: pairs(numbers) },
    size: paxNumber(pax, 'GNU.sparse.size') ?? 0,
  };
}

/** Null while there is more to come. The first line counts the regions, each of which has two. */
function parseSparseLines(text: string): readonly Region[] | null {
  const [count = '', ...rest] = text.split('\n');
  if (!text.includes('\n')) {
    if (text.length > block) throw new TarError('a sparse map of the archive is malformed');
    return null;
  }
  const wanted = 2 * sparseNumber(count);
  if (wanted > longestRecord) throw new TarError('a sparse map of the archive is too long');
  // What stands behind the last line break is not whole.
  return rest.length - 1 < wanted ? null : pairs(rest.slice(0, wanted).map(sparseNumber));
}

function sparseRegions(bytes: Buffer, at: number, count: number): readonly Region[] {
  const numbers: number[] = [];
  for (let index = 0; index < count; index++) {
    const start = at + 24 * index;
    // The list ends at a pair without digits.
    if (bytes[start] === 0) break;
    numbers.push(number(bytes, start, 12, 'sparse map'), number(bytes, start + 12, 12, 'sparse map'));
  }
  return pairs(numbers);
}

function sparseNumber(digits: string): number {
  const value = /^[0-9]{1,15}$/.test(digits) ? Number(digits) : -1;
  if (value < 0) throw new TarError('a sparse map of the archive is malformed');
  return value;
}

function pairs(numbers: readonly number[]): readonly Region[] {
  if (numbers.length % 2 !== 0) throw new TarError('a sparse map of the archive is malformed');
  return Array.from({ length: numbers.length / 2 }, (_, index) => ({
    offset: numbers[2 * index] ?? 0,
    length: numbers[2 * index + 1] ?? 0,
  }));
}

function checkRegions(name: string, regions: readonly Region[], stored: number, size: number): void {
  let end = 0;
  let total = 0;
  for (const { offset, length } of regions) {
    if (offset < end || length < 0 || offset + length > size)
      throw new TarError(`${name}: the regions of its sparse map overlap, or reach behind its end`);
    end = offset + length;
    total += length;
  }
  if (total !== stored)
    throw new TarError(`${name}: its sparse map is about ${total} bytes, and ${stored} follow`);
}

/** An empty value takes a record back. */
function filled(value: Buffer | undefined): Buffer | undefined {
  return value === undefined || value.length === 0 ? undefined : value;
}

function paxNumber(pax: ReadonlyMap<string, Buffer>, key: string): number | undefined {
  const text = filled(pax.get(key))?.toString('latin1');
  if (text === undefined) return undefined;
  const value = /^[0-9]{1,15}$/.test(text) ? Number(text) : -1;
  if (value < 0) throw new TarError(`the PAX record "${key}" of the archive is no number`);
  return value;
}

/** Decimal seconds with a fraction, which may be below 0. */
function paxTime(pax: ReadonlyMap<string, Buffer>, key: string): Time | null {
  const text = filled(pax.get(key))?.toString('latin1');
  if (text === undefined) return null;
  const [, sign, whole, fraction = ''] = /^(-?)([0-9]{1,15})(?:\.([0-9]*))?$/.exec(text) ?? [];
  if (whole === undefined) throw new TarError(`the PAX record "${key}" of the archive is no time`);
  const nanoseconds = Number(fraction.padEnd(9, '0').slice(0, 9));
  if (sign !== '-') return { seconds: BigInt(whole), nanoseconds };
  return nanoseconds === 0
    ? { seconds: -BigInt(whole), nanoseconds }
    : { seconds: -BigInt(whole) - 1n, nanoseconds: 1_000_000_000 - nanoseconds };
}

/** The highest number means no change to chown(2). */
function ownerId(name: Buffer, value: number): number {
  if (value >= 0 && value < 0xff_ff_ff_ff) return value;
  throw new TarError(`${shownName(name)}: its owner ${value} is no id of a user or group`);
}

/** A name in a message. */
export function shownName(name: Buffer): string {
  return `"${name.toString()}"`;
}
