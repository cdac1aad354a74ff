// The fast path: a well-formed call. Anything else gives null, and explain.ts says what is wrong with it.

import parser from 'yargs-parser';
import { commands, globalOptions } from './commands.ts';
import { type CommandSpec, type OptionSpec, Options } from './table.ts';

export type ParsedCall = {
  readonly globals: Options;
  readonly name: string;
  readonly command: CommandSpec;
  readonly options: Options;
  readonly positionals: readonly string[];
};

/** `argv` without the program. */
export function parseCall(argv: readonly string[]): ParsedCall | null {
  const globals = parseOptions(argv, globalOptions);
  const [name = '', ...rest] = globals?.positionals ?? [];
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (globals === null || command === undefined) return null;
  const own = parseOptions(rest, command.options);
  if (own === null) return null;
  const required = command.positionals.filter((positional) => positional.required).length;
  if (own.positionals.length < required || own.positionals.length > command.positionals.length) return null;
  return {
    globals: new Options(globals.values),
    name,
    command,
    options: new Options(own.values),
    positionals: own.positionals,
  };
}

type Parsed = { readonly values: Readonly<Record<string, unknown>>; readonly positionals: readonly string[] };

/** Options up to the first word that is none, as Go's flag parser reads them. Null for one that is unknown or wrong. */
export function parseOptions(
  argv: readonly string[],
  specs: Readonly<Record<string, OptionSpec>>,
): Parsed | null {
  const names = (kind: OptionSpec['kind']) => Object.keys(specs).filter((name) => specs[name]?.kind === kind);
  const { argv: found, error } = parser.detailed(withTwoDashes(argv, specs), {
    boolean: names('flag'),
    string: [...names('text'), ...names('list')],
    array: names('list'),
    alias: Object.fromEntries(
      Object.entries(specs).flatMap(([name, { short }]) => (short === undefined ? [] : [[name, short]])),
    ),
    // A value is always taken: runc's flags have no optional ones.
    narg: Object.fromEntries([...names('text'), ...names('list')].map((name) => [name, 1])),
    configuration: {
      'halt-at-non-option': true,
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'duplicate-arguments-array': false,
      'greedy-arrays': false,
      'short-option-groups': false,
      'strip-aliased': true,
    },
  });
  const { _: positionals, ...values } = found;
  const wellFormed =
    error === null &&
    Object.entries(values).every(([name, value]) => {
      const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
      return spec !== undefined && fits(spec, value);
    });
  return wellFormed ? { values, positionals: positionals.map(String) } : null;
}

function fits({ kind, choices }: OptionSpec, value: unknown): boolean {
  if (kind === 'flag') return typeof value === 'boolean';
  return typeof value === 'string' ? choices === undefined || choices.includes(value) : kind === 'list';
}

/** Go programs take "-name" for "--name". Only up to the first word that is no option, or a "--". */
function withTwoDashes(argv: readonly string[], specs: Readonly<Record<string, OptionSpec>>): string[] {
  const words = [...argv];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (word === '--' || !word.startsWith('-')) break;
    const [, name = '', rest = ''] = /^-{1,2}([^=]+)(.*)$/s.exec(word) ?? [];
    const long = longName(name, specs);
    if (long === undefined) break;
    words[index] = `--${long}${rest}`;
    if (specs[long]?.kind !== 'flag' && rest === '') index++;
  }
  return words;
}

function longName(name: string, specs: Readonly<Record<string, OptionSpec>>): string | undefined {
  if (Object.hasOwn(specs, name)) return name;
  return Object.keys(specs).find((long) => specs[long]?.short === name);
}
