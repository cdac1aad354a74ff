// Operands as words: names in place of numbers, and quotes where a text could be taken for several.

import { capabilityNames } from '../../capability/capability.ts';
import { attribute, flag, propagation } from '../../mount/flags.ts';

/** Text of a path, a name or a value; quoted where it is empty or has white space. */
export function text(value: string): string {
  return /^[^\s"]+$/.test(value) ? value : JSON.stringify(value);
}

/** Parts that are there, with commas between them. */
export function list(...parts: readonly (string | false)[]): string {
  return parts.filter((part) => part !== false && part !== '').join(', ');
}

/** `words` where there is a value: a number that is not 0, a text that is not empty, a flag that is set. */
export function when(value: number | bigint | boolean | string, words: string): string | false {
  return Boolean(value) && words;
}

export function slot(number: number): string {
  return `slot ${number}`;
}

/** The words and a slot; false without one. */
export function atSlot(words: string, number: number | null): string | false {
  return number !== null && `${words} ${slot(number)}`;
}

/** A hook of the host or of the container. */
export function hookParts({ kind, index, path, args, timeout }: HookOperands): readonly (string | false)[] {
  const line = [path, ...args.slice(1)].map(text).join(' ');
  return [`${kind} #${index}: ${line}`, when(timeout, `${timeout} s at most`)];
}

type HookOperands = {
  readonly kind: string;
  readonly index: number;
  readonly path: string;
  readonly args: readonly string[];
  readonly timeout: number;
};

/** A mode or a mask of permission bits. */
export function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

export function bytes(value: Uint8Array): string {
  return `${value.length} bytes`;
}

/** MOUNT_ATTR_* by name. */
export function attributes(bits: bigint): string {
  return namesOf(bits, attribute);
}

/** MS_* by name, propagation among them. */
export function flags(bits: bigint): string {
  const { shared = 0, slave = 0, private: own = 0, unbindable = 0, rprivate = 0 } = propagation;
  const types = { shared, slave, private: own, unbindable, recursive: rprivate - own };
  return namesOf(bits, { ...flag, ...types });
}

export function capabilities(mask: bigint): string {
  const names = capabilityNames.filter((_, number) => (mask >> BigInt(number)) & 1n);
  if (names.length === capabilityNames.length) return 'all';
  return names.length === 0 ? 'none' : names.map((name) => name.slice('CAP_'.length).toLowerCase()).join(',');
}

/** Names of the bits; what has no name is a number in base 16. */
function namesOf(bits: bigint, table: Readonly<Record<string, number | bigint>>): string {
  const found = Object.entries(table).filter(([, bit]) => (bits & BigInt(bit)) === BigInt(bit));
  const rest = found.reduce((left, [, bit]) => left & ~BigInt(bit), bits);
  return [...found.map(([name]) => name), ...(rest === 0n ? [] : [`0x${rest.toString(16)}`])].join(',');
}
