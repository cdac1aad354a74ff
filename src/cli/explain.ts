// The explaining path: help, and what is wrong with a call. Loads yargs over the same tables as parse.ts.

import yargs, { type Argv } from 'yargs';
import { nearest } from '../spec/unknown-keys.ts';
import { commands } from './commands.ts';
import { globalOptions } from './options.ts';
import { longName, parseArguments, readOption, takesRest, truth } from './parse.ts';
import { type CommandSpec, commandNamed, type OptionSpec, synopsis } from './table.ts';

/** Help to print, or the mistake in a call and the exit status for it. */
export type Explanation = { readonly usage: string } | { readonly error: string; readonly status: number };

/** As runc: a call without a command prints help, and an unknown command has exit status 3. */
export async function explain(argv: readonly string[]): Promise<Explanation> {
  const { name, before } = findCommand(argv);
  const help = argv.some((word) => word === '--help' || word === '-h' || word === '-help') || name === 'help';
  const wrong = help ? null : optionMistake(argv.slice(0, before), globalOptions, null);
  if (wrong !== null) return { error: `${wrong}; see slipway --help`, status: 1 };
  const words = argv.slice(before + 1);
  const topic = name === 'help' ? words.find((word) => !word.startsWith('-')) : name;
  if (topic === undefined) return { usage: await usageOf(topic) };
  const command = commandNamed(topic, { commands });
  if (command === undefined) return { error: noSuchCommand(topic), status: 3 };
  return help ? { usage: await usageOf(topic) } : { error: mistake(topic, command, words), status: 1 };
}

function noSuchCommand(name: string): string {
  const near = nearName(name, Object.keys(commands));
  return `no such command: ${name}${near === null ? '' : `; did you mean ${near}?`}; see slipway --help`;
}

/** The first word that is neither an option of slipway's nor its value. `before`: how many words come before it. */
function findCommand(argv: readonly string[]): {
  readonly name: string | undefined;
  readonly before: number;
} {
  for (let at = 0; at < argv.length; at += 1) {
    const { given, text } = readOption(argv[at] ?? '');
    if (given === '') return { name: argv[at], before: at };
    const spec = globalOptions[longName(given, globalOptions)];
    if (spec !== undefined && spec.kind !== 'flag' && text === undefined) at += 1;
  }
  return { name: undefined, before: argv.length };
}

/** What is wrong with the words after a command, and which help says how to make the call. */
function mistake(name: string, command: CommandSpec, words: readonly string[]): string {
  const said = optionMistake(words, command.options, command) ?? argumentMistake(name, command, words);
  return `${said ?? 'cannot understand the command line'}; see slipway ${name} --help`;
}

/** Null where none is near: every short word is near some other one. */
function nearName(given: string, names: readonly string[]): string | null {
  return given.length < 3 ? null : nearest(given, names);
}

/** What is wrong with an option, in runc's words where it has some. */
function optionMistake(
  words: readonly string[],
  options: Readonly<Record<string, OptionSpec>>,
  command: CommandSpec | null,
): string | null {
  const names = Object.keys(options);
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const { given, text } = readOption(word);
    if (word === '--' || (given === '' && command !== null && takesRest(command))) return null;
    if (given === '') continue;
    const name = longName(given, options);
    const spec = options[name];
    if (spec === undefined) {
      return `flag provided but not defined: -${given}${hintFor(given, names)}`;
    }
    const value = text ?? (spec.kind === 'flag' ? 'true' : words[++at]);
    if (value === undefined) return `flag needs an argument: -${given}`;
    const expected =
      spec.kind === 'flag' ? (truth(value) === undefined ? ['true', 'false'] : []) : (spec.choices ?? []);
    if (expected.length > 0 && !expected.includes(value))
      return `--${name}: expected ${expected.join(' or ')}, found "${value}"`;
  }
  return null;
}

function hintFor(given: string, names: readonly string[]): string {
  if (/^(t|i|it|ti|tty)$/.test(given)) return '; whether there is a terminal is said by process.terminal';
  const near = nearName(given, names);
  return near === null ? '' : `; did you mean "--${near}"?`;
}

function argumentMistake(name: string, command: CommandSpec, words: readonly string[]): string | null {
  const { positionals } = command;
  const given = parseArguments(words, command)?.positionals;
  if (given === undefined) return null;
  const missing = positionals[given.length];
  if (missing?.required === true) return `${name} needs a ${missing.name.replace('-', ' ')}`;
  const extra = given[positionals.length];
  return extra === undefined ? null : `${name} takes no argument "${extra}"`;
}

async function usageOf(name: string | undefined): Promise<string> {
  const spec = name === undefined ? undefined : commands[name];
  const own = yargs([]).scriptName('slipway').locale('en').version(false).help(false);
  if (name === undefined || spec === undefined)
    return Object.entries(commands).reduce(addCommand, addOptions(own, globalOptions)).getHelp();
  return addOptions(own.usage(`$0 ${synopsis(name, spec)}\n\n${spec.describe}`), spec.options).getHelp();
}

function addCommand(all: Argv, [name, spec]: [string, CommandSpec]): Argv {
  return all.command(
    synopsis(name, spec),
    spec.describe,
    (own) => void addOptions(own, spec.options),
    () => undefined,
  );
}

function addOptions(to: Argv, specs: Readonly<Record<string, OptionSpec>>): Argv {
  return Object.entries(specs).reduce(
    (all, [name, { kind, describe, short, choices, hidden }]) =>
      all.option(name, {
        type: kind === 'flag' ? 'boolean' : kind === 'list' ? 'array' : 'string',
        describe,
        ...(kind === 'text' ? { requiresArg: true } : {}),
        ...(short === undefined ? {} : { alias: short }),
        ...(choices === undefined ? {} : { choices }),
        ...(hidden === undefined ? {} : { hidden }),
      }),
    to,
  );
}
