// Reads a tar archive: ustar, PAX (pax(1), POSIX.1-2024) and GNU records, as image layers have them. It is a push
// parser: chunks go in, what they hold comes out, and no more than one header is kept.
//
// tar-stream, node-tar and modern-tar decode PAX records as UTF-8, which destroys names and extended attributes that are bytes
// (security.capability), and none of them reads sparse files.

import { completed } from './completed.ts';
import { type Region, shownName, type TarEntry, TarError, type TarEvent } from './entry.ts';
import { block, empty, isZero, longestRecord, padded, untilNul } from './fields.ts';
import { type Extension, parseHeader } from './header.ts';
import { parsePax } from './pax.ts';
import { checkRegions, parseSparseLines, sparseRegions } from './regions.ts';

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
