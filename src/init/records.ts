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
