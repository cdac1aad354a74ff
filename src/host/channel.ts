// The control socket: steps out, records in. Reads block, and nothing else happens meanwhile; unless they can be interrupted.

import { closeSync, read, readSync, writeSync } from 'node:fs';
import { RuntimeError } from '../error/error.ts';
import { joinLines } from '../error/one-line.ts';
import { encodeSteps } from '../init/encode.ts';
import type { WireStep } from '../init/protocol.ts';
import { type InitRecord, RecordParser } from '../init/records.ts';
import { errorCode } from './files.ts';

export class Channel {
  readonly #fd: number;
  readonly #parser = new RecordParser();
  readonly #chunk = Buffer.alloc(8192);
  #open = true;
  #interruption: Promise<never> | null = null;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** From now on a read ends with what this throws. It is slower: another thread reads. */
  interruptBy(interruption: Promise<never>): void {
    this.#interruption = interruption;
  }

  /** Next record; null at end of file. Throws INIT_FAILED with what nsenter or unshare complain about. */
  async next(): Promise<InitRecord | null> {
    for (;;) {
      if (this.#parser.text() !== null) throw this.#complaint();
      const record = this.#parser.next();
      if (record !== null) return record;
      const chunk =
        this.#interruption === null
          ? this.#read()
          : await Promise.race([this.#readElsewhere(), this.#interruption]);
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

  #readElsewhere(): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      read(this.#fd, this.#chunk, 0, this.#chunk.length, null, (error, count) => {
        if (error === null) resolve(this.#chunk.subarray(0, count));
        else if (errorCode(error) === 'ECONNRESET') resolve(this.#chunk.subarray(0, 0));
        else reject(error);
      });
    });
  }

  #complaint(): RuntimeError {
    for (let chunk = this.#read(); chunk.length > 0; chunk = this.#read())
      this.#parser.push(Buffer.from(chunk));
    const said = joinLines(this.#parser.text() ?? '');
    return new RuntimeError('INIT_FAILED', `unable to start container process: ${said}`);
  }
}
