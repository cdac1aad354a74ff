// What is wrong with a config.json, in zod's words and ours; and the properties that the specification does not know.

import { configSchema } from './config.ts';
import { type Diagnostic, pointer, problemOf, sectionOf } from './diagnostic.ts';
import type { Json } from './json.ts';
import type { ParsedConfig } from './parsed-config.ts';
import { nearest, unknownKeys } from './unknown-keys.ts';

export function explainConfig(document: Json): ParsedConfig {
  const warnings = unknownKeys(configSchema, document).map(({ path, known }) => {
    const near = nearest(String(path.at(-1)), known);
    const hint = near === null ? '' : `; did you mean "${near}"?`;
    const at = pointer(path);
    return { pointer: at, message: `unknown property, ignored${hint}`, ref: sectionOf(at) };
  });
  const result = configSchema.safeParse(document);
  if (result.success) return { ok: true, config: result.data, warnings };
  const problems = result.error.issues.map((issue) => {
    const problem = problemOf(document, issue);
    return { ...problem, ref: sectionOf(problem.pointer) };
  });
  return { ok: false, problems: unique(problems), warnings };
}

function unique(problems: readonly Diagnostic[]): Diagnostic[] {
  return problems.filter(
    (one, index) => problems.findIndex((other) => other.pointer === one.pointer) === index,
  );
}
