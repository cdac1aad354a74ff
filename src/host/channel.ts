// The control socket: steps out, records in. Reads block; nothing else happens meanwhile.

import { closeSync, readSync, writeSync } from 'node:fs';
import { RuntimeError } from '../error/error.ts';
import { encodeSteps } from '../init/encode.ts';
import { protocolHash, type WireStep } from '../init/protocol.ts';
import { type InitRecord, RecordParser } from '../init/records.ts';
import { errorCode } from './files.ts';

export class Channel {
  readonly #fd: number;
  readonly #parser = new RecordParser();
  readonly #chunk = Buffer.alloc(8192);
  #open = true;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /**
   * Waits for HELLO. What nsenter and unshare print before it is their complaint: their stderr is this socket. Throws
   * INIT_FAILED with the complaint, with what the init says, or when the init is of another version.
   */
  expectHello(): void {
    const first = this.#read();
    // A record starts with a small number in four bytes; a complaint is text.
    if (first.length < 4 || first.readUInt32LE(0) > 255) throw this.#complaint(first);
    this.#parser.push(first);
    const hello = this.next();
    if (hello?.kind === 'HELLO' && hello.text === protocolHash()) return;
    const why =
      hello?.kind === 'FAILED' ? hello.text : 'it is of another version than slipway; build both again';
    throw new RuntimeError('INIT_FAILED', `unable to start container process: slipway-init: ${why}`);
  }

  /** Next record; null at end of file. */
  next(): InitRecord | null {
    for (;;) {
      const record = this.#parser.next();
      if (record !== null) return record;
      const chunk = this.#read();
      if (chunk.length === 0) return null;
      this.#parser.push(Buffer.from(chunk));
    }
  }

  send(steps: readonly WireStep[]): void {
    const bytes = encodeSteps(steps);
    try {
      for (let sent = 0; sent < bytes.length; ) sent += writeSync(this.#fd, bytes, sent);
    } catch (error) {
      // The init is gone; its FAILED record, which waits to be read, says why.
      if (errorCode(error) !== 'EPIPE') throw error;
    }
  }

  /** The byte that lets a container process go which waits for it here. */
  sendStart(): void {
    writeSync(this.#fd, Buffer.from([1]));
  }

  close(): void {
    if (this.#open) closeSync(this.#fd);
    this.#open = false;
  }

  #read(): Buffer {
    try {
      return this.#chunk.subarray(0, readSync(this.#fd, this.#chunk));
    } catch (error) {
      if (errorCode(error) === 'ECONNRESET') return this.#chunk.subarray(0, 0);
      throw error;
    }
  }

  #complaint(start: Buffer): RuntimeError {
    let text = start.toString('utf8');
    for (let chunk = this.#read(); chunk.length > 0; chunk = this.#read()) text += chunk.toString('utf8');
    const said = text.trim().replaceAll('\n', '; ');
    const why = said === '' ? 'slipway-init ended before it said hello' : said;
    return new RuntimeError('INIT_FAILED', `unable to start container process: ${why}`);
  }
}
