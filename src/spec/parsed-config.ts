// What becomes of a config.json: a Config, or every problem at once.

import type { Config } from './config.ts';
import type { Diagnostic } from './diagnostic.ts';

export type ParsedConfig =
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly Diagnostic[] }
  | {
      readonly ok: false;
      readonly problems: readonly Diagnostic[];
      readonly warnings: readonly Diagnostic[];
    };
