// An entry: its header, and what PAX records say in place of it.

import { shownName, type TarEntry, TarError, type TarKind } from './entry.ts';
import type { Extension, Header } from './header.ts';
import { attributePrefix, filled, paxNumber, paxTime } from './pax.ts';
import { noHoles, type Sparse, sparseOf } from './sparse.ts';

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

/** A header with what its extensions say. stored: bytes that follow it. */
export function completed(
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

/** The highest number means no change to chown(2). */
function ownerId(name: Buffer, value: number): number {
  if (value >= 0 && value < 0xff_ff_ff_ff) return value;
  throw new TarError(`${shownName(name)}: its owner ${value} is no id of a user or group`);
}
