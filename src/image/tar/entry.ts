// Entries of a tar archive, and what a reader tells of them.

import { RuntimeError } from '../../error/error.ts';

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

export type Region = { readonly offset: number; readonly length: number };

/** An archive that is not one, or is cut short. */
export class TarError extends RuntimeError {
  constructor(message: string) {
    super('INVALID_CONFIG', message, { ref: 'layer.md' });
  }
}

/** A name in a message. */
export function shownName(name: Buffer): string {
  return `"${name.toString()}"`;
}
