// The shape of a rule that spans properties: what it finds in a config, given what the host has.

import type { Config } from '../spec/config.ts';
import { type Diagnostic, sectionOf } from '../spec/diagnostic.ts';
import type { HostFacts } from '../spec/host-facts.ts';

export type Rule = (config: Config, facts: HostFacts) => readonly Diagnostic[];

export function problem(pointer: string, message: string): Diagnostic {
  return { pointer, message, ref: sectionOf(pointer) };
}

/** Entries whose key stood before. */
export function repeated<T>(
  entries: readonly T[],
  key: (entry: T) => string,
): { index: number; key: string }[] {
  const keys = entries.map(key);
  return keys.flatMap((found, index) => (keys.indexOf(found) < index ? [{ index, key: found }] : []));
}
