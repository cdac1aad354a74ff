// Bytes of the init to records.

import { RuntimeError } from '../error/error.ts';
import { type RecordKind, recordKinds } from './protocol.ts';

export type InitRecord = {
  readonly kind: RecordKind;
  /** Position of a step; for PID the pid. */
  readonly step: number;
  readonly errno: number;
  readonly text: string;
};

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
    const record = {
      kind,
      step: this.#bytes.readUInt32LE(4),
      errno: this.#bytes.readUInt32LE(8),
      text: this.#bytes.toString('utf8', headerLength, end),
    };
    this.#bytes = this.#bytes.subarray(end);
    return record;
  }
}
