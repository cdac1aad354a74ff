// The header of an entry: ustar, GNU and star (tar(5)).

import { type Region, type TarEntry, TarError } from './entry.ts';
import { block, empty, number, size, untilNul } from './fields.ts';
import { sparseRegions } from './regions.ts';

/** PAX and GNU headers that extend the header behind them. */
export type Extension = {
  readonly pax?: ReadonlyMap<string, Buffer>;
  readonly name?: Buffer;
  readonly linkName?: Buffer;
};

export type Header = Omit<TarEntry, 'kind' | 'mtime' | 'atime' | 'attributes'> & {
  readonly type: string;
  readonly mtime: number;
  /** Of GNU tar's old sparse format. */
  readonly sparse: {
    readonly regions: readonly Region[];
    readonly more: boolean;
    readonly size: number;
  } | null;
};

export function parseHeader(bytes: Buffer): Header {
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
