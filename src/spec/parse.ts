// config.json's text to a Config, or to every problem at once.

import { type Config, configSchema } from './config.ts';
import { type Diagnostic, memberAt, pointer, sectionOf, shown } from './diagnostic.ts';
import { type Json, parseJson } from './json.ts';
import { nearest, unknownKeys } from './unknown-keys.ts';

export type ParsedConfig =
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly Diagnostic[] }
  | {
      readonly ok: false;
      readonly problems: readonly Diagnostic[];
      readonly warnings: readonly Diagnostic[];
    };

/** Throws INVALID_CONFIG when the text is not JSON. */
export function parseConfig(text: string): ParsedConfig {
  const document = withoutNulls(parseJson(text, 'config.json'));
  const warnings = unknownKeys(configSchema, document).map(({ path, known }) => {
    const near = nearest(String(path.at(-1)), known);
    const hint = near === null ? '' : `; did you mean "${near}"?`;
    return diagnostic(path, `unknown property, ignored${hint}`);
  });
  const result = configSchema.safeParse(document);
  if (result.success) return { ok: true, config: result.data, warnings };
  const problems = result.error.issues.map((issue) => {
    const found = memberAt(document, issue.path);
    return found === undefined
      ? diagnostic(issue.path, `missing: ${issue.message}`)
      : diagnostic(issue.path, `${issue.message}, found ${shown(found)}`);
  });
  return { ok: false, problems: unique(problems), warnings };
}

function diagnostic(path: readonly PropertyKey[], message: string): Diagnostic {
  const at = pointer(path);
  return { pointer: at, message, ref: sectionOf(at) };
}

function unique(problems: readonly Diagnostic[]): Diagnostic[] {
  return problems.filter(
    (one, index) => problems.findIndex((other) => other.pointer === one.pointer) === index,
  );
}

/** A member that is null is as good as absent: that is how Go programs write empty lists. */
function withoutNulls(value: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(withoutNulls);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([key, member]) => [key, withoutNulls(member)]),
  );
}
