// In place of what the init does with a step: each operand is looked at, byte by byte.

import { snake } from '../../scripts/generate-header.ts';
import { stepShapes } from '../../src/init/protocol.ts';
import type { OperandKind } from '../../src/init/shapes/operand-kinds.ts';

const looks: Readonly<Record<OperandKind, (field: string) => string>> = {
  u32: (field) => `\tseen += step->${field};\n`,
  flag: (field) => `\tseen += step->${field};\n`,
  slot: (field) => `\tseen += step->${field};\n`,
  'slot?': (field) => `\tseen += step->${field};\n`,
  u64: (field) => `\tseen += step->${field};\n`,
  str: (field) => `\tseen += strlen(step->${field});\n`,
  name: (field) => `\tseen += strlen(step->${field});\n`,
  bytes: (field) =>
    `\tfor (size_t at = 0; at < step->${field}.length; at++)\n\t\tseen += step->${field}.at[at];\n`,
  u32s: (field) =>
    `\tfor (size_t at = 0; at < step->${field}.count; at++)\n\t\tseen += step->${field}.values[at];\n`,
  strs: (field) =>
    `\tfor (size_t at = 0; step->${field}[at] != NULL; at++)\n\t\tseen += strlen(step->${field}[at]);\n`,
};

/** C source with a function for each step. */
export function stepStubs(): string {
  const stubs = Object.entries(stepShapes).map(([op, shape]) => {
    const operands: Readonly<Record<string, OperandKind>> = shape;
    const body = Object.entries(operands).map(([field, kind]) => looks[kind](snake(field)));
    const name = snake(op);
    return `int run_${name}(struct init *init, const struct step_${name} *step)\n{\n\t(void)init;\n\t(void)step;\n${body.join('')}\treturn 0;\n}\n`;
  });
  return `#include "protocol.h"\n#include <string.h>\n\nstatic volatile unsigned long long seen;\n\n${stubs.join('\n')}`;
}
