// The fast path: a well-formed call. Anything else gives null, and explain.ts says what is wrong with it.

import { commands } from './commands.ts';
import { globalOptions } from './options.ts';
import { type CommandSpec, commandNamed, type OptionSpec, Options } from './table.ts';

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
  const command = commandNamed(name, { commands });
  if (globals === null || command === undefined) return null;
  const own = parseArguments(rest, command);
  if (own === null) return null;
  if (!isArity(command, own.positionals.length)) return null;
  return {
    globals: new Options(globals.values),
    name,
    command,
    options: new Options(own.values),
    positionals: own.positionals,
  };
}

function isArity(command: CommandSpec, count: number): boolean {
  const required = command.positionals.filter((positional) => positional.required).length;
  return count >= required && (count <= command.positionals.length || takesRest(command));
}

/** Options and arguments of a command: the words after its name. */
export function parseArguments(words: readonly string[], command: CommandSpec): Parsed | null {
  return parseOptions(words, command.options, takesRest(command) ? 'before' : 'anywhere');
}

/** Whether the last argument is a command line of its own, as that of exec. */
export function takesRest({ positionals }: CommandSpec): boolean {
  return positionals.at(-1)?.rest === true;
}

type Value = boolean | string | readonly string[];
type Parsed = { readonly values: Readonly<Record<string, Value>>; readonly positionals: readonly string[] };

/**
 * Options as Go's flag package reads them, up to the first word that is none or, as runc and crun take them, after that too. Null
 * for one that is unknown or wrong.
 */
export function parseOptions(
  argv: readonly string[],
  specs: Readonly<Record<string, OptionSpec>>,
  where: 'before' | 'anywhere' = 'before',
): Parsed | null {
  const values: Record<string, Value> = {};
  const positionals: string[] = [];
  const words = argv.values();
  let read = 0;
  for (const word of words) {
    if (word === '--') return { values, positionals: [...positionals, ...argv.slice(read + 1)] };
    const { given, text } = readOption(word);
    if (given === '') {
      if (where === 'before') break;
      if (word.startsWith('-') && word !== '-') return null;
      positionals.push(word);
      read += 1;
      continue;
    }
    const name = longName(given, specs);
    const spec = specs[name];
    if (spec === undefined) return null;
    // The value of a text is always taken, whatever it looks like: there are no optional ones.
    const value = spec.kind === 'flag' ? truth(text ?? 'true') : (text ?? words.next().value);
    if (value === undefined || !fits(spec, value)) return null;
    values[name] = spec.kind === 'list' ? [...listOf(values[name]), String(value)] : value;
    read += text === undefined && spec.kind !== 'flag' ? 2 : 1;
  }
  const left = [...positionals, ...argv.slice(read)];
  return left[0]?.startsWith('-') === true && left[0] !== '-' ? null : { values, positionals: left };
}

/** The name that a word gives, and what stands behind "="; an empty name for a word that is no option. "-name" is "--name". */
export function readOption(word: string): { readonly given: string; readonly text: string | undefined } {
  const [, given = '', text] = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(word) ?? [];
  return { given, text };
}

/** A truth value as Go's strconv.ParseBool reads it; undefined for anything else. */
export function truth(text: string): boolean | undefined {
  if (/^(1|t|T|true|TRUE|True)$/.test(text)) return true;
  return /^(0|f|F|false|FALSE|False)$/.test(text) ? false : undefined;
}

function fits({ choices }: OptionSpec, value: boolean | string): boolean {
  return typeof value === 'boolean' || choices === undefined || choices.includes(value);
}

function listOf(value: Value | undefined): readonly string[] {
  return Array.isArray(value) ? value : [];
}

/** The long name of a name; empty for an unknown one. */
export function longName(name: string, specs: Readonly<Record<string, OptionSpec>>): string {
  if (Object.hasOwn(specs, name)) return name;
  return Object.keys(specs).find((long) => specs[long]?.short === name) ?? '';
}
