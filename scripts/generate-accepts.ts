// A validator for the good path, generated from a zod schema: it only says yes or no, and loads nothing. Yes means that zod
// accepts the value as it is, and that it holds no key which the schema does not name.

import type { z } from 'zod';

/** The code of a module that exports `accepts`, a function from a value to a boolean. Throws for what it cannot express. */
export function generateAccepts(schema: z.core.$ZodType): string {
  const functions = new Functions();
  const name = functions.nameOf(schema);
  return `${functions.code()}export const accepts = ${name};\n`;
}

/** A function for each schema, which says whether a value fits it; and a constant for each pattern. */
class Functions {
  readonly #names = new Map<z.core.$ZodType, string>();
  readonly #patterns = new Map<string, string>();
  readonly #codes: string[] = [];

  code(): string {
    const patterns = [...this.#patterns].map(([pattern, name]) => `const ${name} = ${pattern};\n`);
    return [...patterns, ...this.#codes].join('');
  }

  nameOf(schema: z.core.$ZodType): string {
    const known = this.#names.get(schema);
    if (known !== undefined) return known;
    const { def } = (schema as z.core.$ZodTypes)._zod;
    // Only asked for a member that is there; JSON has no undefined.
    if (def.type === 'optional') return this.nameOf(def.innerType);
    const name = `${def.type}${this.#names.size}`;
    this.#names.set(schema, name);
    this.#codes.push(`function ${name}(value) {\n${this.#body(def)}}\n`);
    return name;
  }

  #body(def: Def): string {
    switch (def.type) {
      case 'unknown':
        return returns(['true']);
      case 'boolean':
        return returns([`typeof value === 'boolean'`]);
      case 'enum':
        return returns([
          anyOf(Object.values(def.entries).map((entry) => `value === ${JSON.stringify(entry)}`)),
        ]);
      case 'union':
        return returns([anyOf(def.options.map((option) => `${this.nameOf(option)}(value)`))]);
      case 'string':
      case 'bigint':
        return returns([`typeof value === '${def.type}'`, ...this.#checks(def.checks)]);
      case 'number':
        if (!('format' in def) || def.format !== 'safeint') throw cannot('a number that is no integer');
        return returns(['Number.isSafeInteger(value)', ...this.#checks(def.checks)]);
      case 'array':
        return returns([
          'Array.isArray(value)',
          ...this.#checks(def.checks),
          `value.every(${this.nameOf(def.element)})`,
        ]);
      case 'record':
        return returns([
          isObject,
          `Object.keys(value).every((key) => ${this.nameOf(def.keyType)}(key) && ${this.nameOf(def.valueType)}(value[key]))`,
        ]);
      case 'object':
        return this.#object(Object.entries(def.shape));
      default:
        throw cannot(def.type);
    }
  }

  #object(members: readonly (readonly [string, z.core.$ZodType])[]): string {
    const cases = members.map(([key, member]) => {
      const fits = `${this.nameOf(member)}(value[key])`;
      return `    case ${JSON.stringify(key)}:\n      if (!${fits}) return false;\n      break;\n`;
    });
    const required = members.filter(([, member]) => member._zod.optin !== 'optional');
    return `  if (!(${isObject})) return false;
  for (const key of Object.keys(value)) switch (key) {
${cases.join('')}    default:
      return false;
  }
${returns(['true', ...required.map(([key]) => `Object.hasOwn(value, ${JSON.stringify(key)})`)])}`;
  }

  #checks(list: readonly z.core.$ZodCheck<never>[] | undefined): string[] {
    return (list ?? []).map((one) => this.#check((one as unknown as z.core.$ZodChecks)._zod.def));
  }

  #check(def: z.core.$ZodChecks['_zod']['def']): string {
    switch (def.check) {
      case 'min_length':
        return `value.length >= ${def.minimum}`;
      case 'max_length':
        return `value.length <= ${def.maximum}`;
      case 'greater_than':
        return `value ${def.inclusive ? '>=' : '>'} ${literal(def.value)}`;
      case 'less_than':
        return `value ${def.inclusive ? '<=' : '<'} ${literal(def.value)}`;
      case 'string_format':
        if ('pattern' in def && def.pattern instanceof RegExp)
          return `${this.#patternOf(def.pattern)}.test(value)`;
        break;
    }
    throw cannot(`the check ${def.check}`);
  }

  #patternOf(pattern: RegExp): string {
    const name = this.#patterns.get(String(pattern)) ?? `pattern${this.#patterns.size}`;
    this.#patterns.set(String(pattern), name);
    return name;
  }
}

type Def = z.core.$ZodTypes['_zod']['def'];

const isObject = `typeof value === 'object' && value !== null && !Array.isArray(value)`;

function returns(tests: readonly string[]): string {
  return `  return ${tests.join(' && ')};\n`;
}

function literal(bound: unknown): string {
  return typeof bound === 'bigint' ? `${bound}n` : String(bound);
}

function anyOf(tests: readonly string[]): string {
  return `(${tests.join(' || ')})`;
}

function cannot(what: string): Error {
  return new Error(`generate-accepts: cannot express ${what}`);
}
