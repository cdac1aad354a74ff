// The explaining path: help, and what is wrong with a call. Loads yargs over the same tables as parse.ts.

import yargs, { type Argv } from 'yargs';
import { nearest } from '../spec/unknown-keys.ts';
import { commands, globalOptions } from './commands.ts';
import { longName, readOption } from './parse.ts';
import { type CommandSpec, type OptionSpec, synopsis } from './table.ts';

/** Help to print, and the error, unless help is what was asked for. */
export type Explanation = { readonly usage: string; readonly error: string | null };

export async function explain(argv: readonly string[]): Promise<Explanation> {
  let error: string | null = null;
  const build = () =>
    Object.entries(commands).reduce(
      addCommand,
      addOptions(yargs([]).scriptName('slipway').locale('en').version(false).help(false), globalOptions),
    );
  const checked = build()
    .strict()
    .recommendCommands()
    .demandCommand(1, 'no command given')
    .parserConfiguration({ 'boolean-negation': false, 'halt-at-non-option': false })
    .exitProcess(false)
    .fail((message, failure) => {
      error ??= message ?? failure?.message ?? 'cannot understand the command line';
    });
  const name = argv.find((word) => Object.hasOwn(commands, word));
  const options = name === undefined ? globalOptions : { ...globalOptions, ...commands[name]?.options };
  const rest = commands[name ?? '']?.positionals.at(-1)?.rest === true;
  error = optionError(argv, options, rest);
  const help =
    argv.some((word) => word === '--help' || word === '-h' || word === '-help') || argv[0] === 'help';
  if (!help) await checked.parseAsync([...argv]);
  const usage = await usageOf(build(), name);
  return { usage, error: help ? null : (error ?? 'cannot understand the command line') };
}

/** What is wrong with an option, in runc's words: one that lacks its value, or that is not known. `rest`: of the last argument on, anything goes. */
function optionError(
  argv: readonly string[],
  options: Readonly<Record<string, OptionSpec>>,
  rest: boolean,
): string | null {
  const names = Object.entries(options).flatMap(([name, { short }]) =>
    short === undefined ? [name] : [name, short],
  );
  const words = argv.values();
  let plain = 0;
  for (const word of words) {
    const { given, text } = readOption(word);
    if (given === '') plain += 1;
    // The first is the command.
    if (word === '--' || (rest && plain > 1)) return null;
    if (given === '') continue;
    const spec = options[longName(given, options)];
    if (spec === undefined) {
      const near = nearest(given, names);
      return `flag provided but not defined: -${given}${near === null ? '' : `; did you mean "--${near}"?`}`;
    }
    if (spec.kind !== 'flag' && text === undefined && words.next().done === true)
      return `flag needs an argument: -${given}`;
  }
  return null;
}

async function usageOf(all: Argv, name: string | undefined): Promise<string> {
  const spec = name === undefined ? undefined : commands[name];
  if (name === undefined || spec === undefined) return all.getHelp();
  const own = yargs([]).scriptName('slipway').locale('en').version(false).help(false);
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
