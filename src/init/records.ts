// Bytes of the init to records.

import { RuntimeError } from '../error/error.ts';
import { type RecordKind, recordKinds } from './protocol.ts';

/** What went wrong. errno 0: the text says it all. */
export type FailureRecord = {
  readonly kind: 'FAILED' | 'HOOK_FAILED';
  /** Position of the step, as of RAN. */
  readonly step: number;
  readonly errno: number;
  readonly text: string;
};

export type InitRecord =
  /** text: the protocol, see protocolText. */
  | { readonly kind: 'HELLO'; readonly text: string }
  /** Of the container process, as slipway's pid namespace numbers it. */
  | { readonly kind: 'PID'; readonly pid: number }
  | { readonly kind: 'CROWDED' | 'SYNC' | 'READY' }
  /** fd of the listener in the container process. */
  | { readonly kind: 'LISTENER'; readonly fd: number }
  /** step: position in the order sent, from 0 (`setup`). */
  | { readonly kind: 'RAN' | 'EXEC'; readonly step: number }
  | FailureRecord;

const headerLength = 16;
const longestText = 65536;

/** Takes bytes as they come and gives whole records. Throws INIT_FAILED for what is none. */
export class RecordParser {
  #bytes = Buffer.alloc(0);

  push(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
  }

  /** What came in place of a record: text of nsenter or unshare, whose stderr is the same socket. Null: a record, or nothing. */
  text(): string | null {
    // A record starts with a small number in four bytes.
    if (this.#bytes.length < 4 || this.#bytes.readUInt32LE(0) <= 255) return null;
    return this.#bytes.toString('utf8');
  }

  /** The next whole record, or null. */
  next(): InitRecord | null {
    if (this.#bytes.length < headerLength) return null;
    const kind = recordKinds[this.#bytes.readUInt32LE(0) - 1];
    const length = this.#bytes.readUInt32LE(12);
    if (kind === undefined || length > longestText) {
      throw new RuntimeError('INIT_FAILED', 'slipway-init sent something that is no record');
    }
    const end = headerLength + length;
    if (this.#bytes.length < end) return null;
    const record = recordOf(kind, {
      number: this.#bytes.readUInt32LE(4),
      errno: this.#bytes.readUInt32LE(8),
      text: this.#bytes.toString('utf8', headerLength, end),
    });
    this.#bytes = this.#bytes.subarray(end);
    return record;
  }
}

/** Fields of every record on the wire. */
type Fields = { readonly number: number; readonly errno: number; readonly text: string };

function recordOf(kind: RecordKind, { number, errno, text }: Fields): InitRecord {
  switch (kind) {
    case 'HELLO':
      return { kind, text };
    case 'PID':
      return { kind, pid: number };
    case 'LISTENER':
      return { kind, fd: number };
    case 'RAN':
    case 'EXEC':
      return { kind, step: number };
    case 'FAILED':
    case 'HOOK_FAILED':
      return { kind, step: number, errno, text };
    case 'CROWDED':
    case 'SYNC':
    case 'READY':
      return { kind };
  }
}
