// Properties of the specification that slipway does not execute yet. Each is an error that says so, never ignored.

import type { Config } from '../spec/config.ts';
import { problem, type Rule } from './rule.ts';

/** A property by its pointer, and its value when it asks for something. */
const properties: readonly (readonly [string, (config: Config) => unknown])[] = [
  ['/linux/intelRdt', ({ linux }) => linux?.intelRdt],
];

export const notExecuted: Rule = (config) =>
  properties.flatMap(([pointer, read]) =>
    asksForSomething(read(config)) ? [problem(pointer, 'not executed yet')] : [],
  );

/** Empty values ask for nothing. */
function asksForSomething(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return value !== undefined && value !== false && value !== '';
}
