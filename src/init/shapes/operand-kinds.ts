// What an operand of a step can be on the wire.

/**
 * Operand kinds. `bytes`, `str` and `name` carry a u32 length, and the last two a NUL at their end that the length leaves out; a
 * `name` is the bytes of a path, which need not be UTF-8. Lists carry a u32 count. A `flag` is a u32, 0 or 1. A `slot` is its number, a
 * u32 from 1 on; `slot?` is 0 without one.
 */
export type OperandKind =
  | 'u32'
  | 'u64'
  | 'flag'
  | 'slot'
  | 'slot?'
  | 'bytes'
  | 'str'
  | 'name'
  | 'u32s'
  | 'strs';

/** Operands of a step, in wire order. */
export type Shape = Readonly<Record<string, OperandKind>>;
