// config.json's text to a Config, or to every problem at once.

import { accepts } from '#accepts-config';
import type { Config } from './config.ts';
import type { Diagnostic } from './diagnostic.ts';
import { type Json, parseJson } from './json.ts';
import { withoutUnset } from './unset.ts';

export type ParsedConfig =
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly Diagnostic[] }
  | {
      readonly ok: false;
      readonly problems: readonly Diagnostic[];
      readonly warnings: readonly Diagnostic[];
    };

/** Throws INVALID_CONFIG when the text is not JSON. */
export async function parseConfig(text: string): Promise<ParsedConfig> {
  return checkConfig(await parseJson(text, 'config.json'));
}

export async function checkConfig(document: Json): Promise<ParsedConfig> {
  if (accepts(document)) return { ok: true, config: document as Config, warnings: [] };
  const { explainConfig } = await import('./explain-config.ts');
  return explainConfig(withoutUnset(document));
}
