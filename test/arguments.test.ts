// Every option of every command: before, between and after the arguments, in every spelling. Each call is about a container or a
// bundle that is not there, so that only a mistake in the call itself makes a difference.

import { mkdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { commands } from '../src/cli/commands.ts';
import type { CommandSpec, OptionSpec } from '../src/cli/table.ts';
import { runtimeName, runtimePath } from './support/runtime.ts';
import { Sandbox } from './support/sandbox.ts';

const sandbox = Sandbox.forFile();
const folder = `${sandbox.folder}/empty`;
mkdirSync(folder);

/** What runc and crun say of a call that they do not understand. */
const mistakes =
  /Incorrect Usage|requires (exactly|a minimum|an argument)|flag (provided|needs)|invalid value|unrecognized option|invalid option|please specify|see slipway|--help/;

/** Where 1 is no value. */
const values: Readonly<Record<string, string>> = {
  interval: '1s',
  'page-server': '127.0.0.1:1',
  'lsm-profile': 'apparmor:none',
  'empty-ns': 'network',
  signal: 'TERM',
  command: 'true',
};

/** Commands of slipway alone, and those that print or write something without a container. */
const without = ['validate', 'plan', 'completion', 'man', 'features', 'bundle'];

/** runc reads flags as Go does, crun as getopt_long(3) does; slipway as runc, and as crun where runc does not care. */
function spellings(name: string, { kind, short }: OptionSpec, value: string): string[][] {
  const names = [`--${name}`, ...(short === undefined ? [] : [`-${short}`])];
  const go = runtimeName === 'crun' ? [] : [`-${name}`];
  const all = [...names, ...go];
  if (kind === 'flag') return [...all.map((given) => [given]), ...go.map((given) => [`${given}=true`])];
  const joined = runtimeName === 'crun' ? [`--${name}`] : all;
  return [...all.map((given) => [given, value]), ...joined.map((given) => [`${given}=${value}`])];
}

/** The command line with some words before, between and after the arguments; the command of exec and the arguments of ps come last. */
function calls(name: string, { positionals }: CommandSpec, words: readonly string[]): string[][] {
  const given = positionals.map(({ name: word }) => values[word] ?? `${sandbox.name}-none`);
  const rest = positionals.at(-1)?.rest === true;
  const places = rest ? [0] : [...given.keys(), given.length];
  return places.map((place) => [name, ...given.slice(0, place), ...words, ...given.slice(place)]);
}

async function isUnderstood(args: readonly string[]): Promise<boolean> {
  const { stdout, stderr } = await sandbox.run(args, { cwd: folder });
  return !mistakes.test(stdout + stderr);
}

/** The options that a command of the runtime under test has. */
async function known(name: string, { options }: CommandSpec): Promise<[string, OptionSpec][]> {
  if (runtimeName === 'slipway') return Object.entries(options);
  const { stdout, stderr } = await sandbox.run([name, '--help'], { cwd: folder });
  const named = new Set([...(stdout + stderr).matchAll(/--([a-z][a-z0-9-]*)/g)].map(([, option]) => option));
  return Object.entries(options).filter(([option]) => named.has(option));
}

describe(`options of ${runtimePath}`, () => {
  test.each(Object.entries(commands).filter(([name]) => !without.includes(name)))(
    '%s',
    async (name, command) => {
      const lines: string[][] = [];
      for (const [option, spec] of await known(name, command)) {
        const value = spec.choices?.[0] ?? values[option] ?? '1';
        for (const words of spellings(option, spec, value)) lines.push(...calls(name, command, words));
      }
      const misread: string[] = [];
      for (let at = 0; at < lines.length; at += 8)
        await Promise.all(
          lines.slice(at, at + 8).map(async (line) => {
            if (!(await isUnderstood(line))) misread.push(line.join(' '));
          }),
        );
      expect(misread).toEqual([]);
    },
    120_000,
  );

  test('one that is unknown is a mistake at each place', async () => {
    for (const line of calls('delete', commands.delete as CommandSpec, ['--nosuch']))
      expect([line, await isUnderstood(line)]).toEqual([line, false]);
  });
});
