// Steps to bytes: u32 length of what follows, u32 number of the step, operands (little endian, as every host we run on).

import { stepShapes, type WireStep } from './protocol.ts';
import type { OperandKind } from './shapes/operand-kinds.ts';

const numbers = new Map(Object.keys(stepShapes).map((op, index) => [op, index + 1]));

export function encodeSteps(steps: readonly WireStep[]): Buffer {
  return Buffer.concat(steps.flatMap(encodeStep));
}

/** In parts, so that long operands are not copied. */
export function encodeStep(step: WireStep): Buffer[] {
  const shape: Readonly<Record<string, OperandKind>> = stepShapes[step.op];
  const values: Readonly<Record<string, unknown>> = step;
  const parts = [u32(numbers.get(step.op) ?? 0)];
  for (const [name, kind] of Object.entries(shape)) parts.push(...encodeOperand(kind, values[name]));
  return [u32(parts.reduce((total, part) => total + part.length, 0)), ...parts];
}

function encodeOperand(kind: OperandKind, value: unknown): Buffer[] {
  switch (kind) {
    case 'u32':
    case 'slot':
      return [u32(value as number)];
    case 'slot?':
      return [u32((value as number | null) ?? 0)];
    case 'flag':
      return [u32(value === true ? 1 : 0)];
    case 'u64': {
      const bytes = Buffer.allocUnsafe(8);
      bytes.writeBigUInt64LE(value as bigint);
      return [bytes];
    }
    case 'bytes': {
      const bytes = value as Uint8Array;
      return [u32(bytes.length), Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)];
    }
    case 'name': {
      const bytes = value as Uint8Array;
      return [u32(bytes.length), Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), nul];
    }
    case 'str':
      return encodeText(value as string);
    case 'u32s': {
      const numbers = value as readonly number[];
      return [u32(numbers.length), ...numbers.map(u32)];
    }
    case 'strs': {
      const texts = value as readonly string[];
      return [u32(texts.length), ...texts.flatMap(encodeText)];
    }
  }
}

const nul = Buffer.alloc(1);

function encodeText(text: string): Buffer[] {
  const bytes = Buffer.from(`${text}\0`);
  return [u32(bytes.length - 1), bytes];
}

function u32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
