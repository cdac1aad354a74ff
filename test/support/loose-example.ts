// The config.json of `spec`, to be changed at will.

import { exampleConfig } from '../../src/spec/example.ts';
import type { AnyConfig } from './sandbox.ts';

/** A copy in which no two lists are the same one. */
export function looseExample(): AnyConfig {
  return JSON.parse(JSON.stringify(exampleConfig(false)));
}
