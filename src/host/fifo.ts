// The two fifos of a created container: a byte into the first lets it go, the second says what came of it.

import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { type InitRecord, RecordParser } from '../init/records.ts';
import { errorCode } from './files.ts';
import { pause } from './process.ts';

/**
 * Lets the container process go and returns its records until end of file, which is its execve or its death. Null when
 * it had died before. Neither open can block: the init holds both fifos open for reading and writing.
 */
export function releaseAndRead(start: string, result: string): readonly InitRecord[] | null {
  const from = openSync(result, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!release(start)) return null;
    return readRecords(from);
  } finally {
    closeSync(from);
  }
}

/** False when nobody reads the fifo. */
function release(start: string): boolean {
  let fd: number;
  try {
    fd = openSync(start, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (errorCode(error) === 'ENXIO') return false;
    throw error;
  }
  writeSync(fd, Buffer.from([1]));
  closeSync(fd);
  return true;
}

function readRecords(fd: number): InitRecord[] {
  const parser = new RecordParser();
  const chunk = Buffer.alloc(8192);
  const records: InitRecord[] = [];
  for (let length = 0.1; ; length = Math.min(length * 2, 5)) {
    const count = readSome(fd, chunk);
    if (count === 0) return records;
    if (count === null) {
      pause(length);
      continue;
    }
    parser.push(Buffer.from(chunk.subarray(0, count)));
    for (let record = parser.next(); record !== null; record = parser.next()) records.push(record);
  }
}

/** Number of bytes; 0 at end of file, null when there is nothing yet. */
function readSome(fd: number, chunk: Buffer): number | null {
  try {
    return readSync(fd, chunk);
  } catch (error) {
    if (errorCode(error) === 'EAGAIN') return null;
    throw error;
  }
}
