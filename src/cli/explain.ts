// The explaining path: help, and what is wrong with a call. Loads yargs over the same tables as parse.ts.

import yargs, { type Argv } from 'yargs';
import { commands, globalOptions } from './commands.ts';
import type { CommandSpec, OptionSpec } from './table.ts';

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
  const help =
    argv.some((word) => word === '--help' || word === '-h' || word === '-help') || argv[0] === 'help';
  if (!help) await checked.parseAsync([...argv]);
  const usage = await usageOf(build(), name);
  return { usage, error: help ? null : (error ?? 'cannot understand the command line') };
}

async function usageOf(all: Argv, name: string | undefined): Promise<string> {
  const spec = name === undefined ? undefined : commands[name];
  if (name === undefined || spec === undefined) return all.getHelp();
  const own = yargs([]).scriptName('slipway').locale('en').version(false).help(false);
  return addOptions(own.usage(`$0 ${commandLine(name, spec)}\n\n${spec.describe}`), spec.options).getHelp();
}

function addCommand(all: Argv, [name, spec]: [string, CommandSpec]): Argv {
  return all.command(
    commandLine(name, spec),
    spec.describe,
    (own) => void addOptions(own, spec.options),
    () => undefined,
  );
}

function commandLine(name: string, { positionals }: CommandSpec): string {
  const words = positionals.map(({ name: word, required, rest }) => {
    const shown = rest === true ? `${word}..` : word;
    return required ? `<${shown}>` : `[${shown}]`;
  });
  return [name, ...words].join(' ');
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
