// What is wrong with a config.json, in zod's words and ours; and the properties that the specification does not know.

import { configSchema } from './config.ts';
import { type Diagnostic, memberAt, pointer, sectionOf, shown } from './diagnostic.ts';
import type { Json } from './json.ts';
import type { ParsedConfig } from './parse.ts';
import { nearest, unknownKeys } from './unknown-keys.ts';

export function explainConfig(document: Json): ParsedConfig {
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
