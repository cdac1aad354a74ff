import { describe, expect, test } from 'vitest';
import { encodeSteps } from './encode.ts';
import { recordKinds, stepShapes } from './protocol.ts';
import { RecordParser } from './records.ts';

const numberOf = (op: string) => Object.keys(stepShapes).indexOf(op) + 1;

describe('encodeSteps', () => {
  test('writes length, number and operands', () => {
    const bytes = encodeSteps([{ op: 'hostname', name: 'hé' }]);
    expect(bytes.readUInt32LE(0)).toBe(bytes.length - 4);
    expect(bytes.readUInt32LE(4)).toBe(numberOf('hostname'));
    expect(bytes.readUInt32LE(8)).toBe(3);
    expect(bytes.toString('utf8', 12)).toBe('hé\0');
  });

  test('writes 64-bit numbers and lists', () => {
    const limit = encodeSteps([{ op: 'rlimit', resource: 7, soft: 1n, hard: 2n ** 64n - 1n }]);
    expect(limit.readBigUInt64LE(20)).toBe(2n ** 64n - 1n);
    const groups = encodeSteps([{ op: 'user', uid: 1, gid: 2, groups: [3, 4], keepGroups: 0 }]);
    expect([16, 20, 24].map((at) => groups.readUInt32LE(at))).toEqual([2, 3, 4]);
    const empty = encodeSteps([{ op: 'exec', args: [], filter: new Uint8Array(), flags: 0 }]);
    expect(empty.readUInt32LE(8)).toBe(0);
  });

  test('writes flags as 0 and 1, and a slot that is missing as 0', () => {
    const setup = encodeSteps([
      { op: 'setup', debug: true, foreground: false, startSlot: 3, resultSlot: null },
    ]);
    expect([8, 12, 16, 20].map((at) => setup.readUInt32LE(at))).toEqual([1, 0, 3, 0]);
  });

  test('writes bytes as they are', () => {
    const options = Uint8Array.of(0, 255);
    const bytes = encodeSteps([{ op: 'restore', options, images: '', work: '', terminalSlot: null }]);
    expect([...bytes.subarray(8, 14)]).toEqual([2, 0, 0, 0, 0, 255]);
  });
});

describe('RecordParser', () => {
  const bytes = Buffer.alloc(18);
  bytes.writeUInt32LE(recordKinds.indexOf('FAILED') + 1, 0);
  bytes.writeUInt32LE(5, 4);
  bytes.writeUInt32LE(13, 8);
  bytes.writeUInt32LE(2, 12);
  bytes.write('no', 16);
  const record = { kind: 'FAILED', step: 5, errno: 13, text: 'no' };

  test('gives whole records however the bytes arrive', () => {
    const parser = new RecordParser();
    const found = [];
    for (const byte of [...bytes, ...bytes]) {
      parser.push(Buffer.from([byte]));
      for (let next = parser.next(); next !== null; next = parser.next()) found.push(next);
    }
    expect(found).toEqual([record, record]);
  });

  test.each([0, recordKinds.length + 1, 0x2d756e73])('refuses the kind %i', (kind) => {
    const wrong = Buffer.from(bytes);
    wrong.writeUInt32LE(kind, 0);
    const parser = new RecordParser();
    parser.push(wrong);
    expect(() => parser.next()).toThrow('something that is no record');
  });
});
