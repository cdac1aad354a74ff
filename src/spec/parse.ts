// config.json's text to a Config, or to every problem at once.

import { accepts } from '#accepts-config';
import type { Config } from './config.ts';
import { type Json, parseJson } from './json.ts';
import type { ParsedConfig } from './parsed-config.ts';
import { withoutUnset } from './unset.ts';

/** Throws INVALID_CONFIG when the text is not JSON. */
export async function parseConfig(text: string): Promise<ParsedConfig> {
  return checkConfig(await parseJson(text, 'config.json'));
}

export async function checkConfig(document: Json): Promise<ParsedConfig> {
  if (accepts(document)) return { ok: true, config: document as Config, warnings: [] };
  const { explainConfig } = await import('./explain-config.ts');
  return explainConfig(withoutUnset(document));
}
