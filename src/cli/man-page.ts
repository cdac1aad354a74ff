// Manual pages (man(7)), generated from the command table.

import { RuntimeError } from '../error/error.ts';
import { version } from '../version.ts';
import { commandNamed, type OptionSpec, shownOptions, synopsis, type Tables } from './table.ts';

/** slipway(8), or slipway-COMMAND(8). Throws USAGE for an unknown command. */
export function manPage(name: string | null, tables: Tables): string {
  if (name === null) return overview(tables);
  const command = commandNamed(name, tables);
  if (command === undefined) throw new RuntimeError('USAGE', `man: there is no command "${name}"`);
  const { describe, options } = command;
  const status = command.failure?.status ?? 1;
  return page(`slipway-${name}`, describe, [
    section('SYNOPSIS', `.B slipway\n[GLOBAL OPTIONS]\n${roff(`${synopsis(name, command)} [OPTIONS]`)}`),
    section('OPTIONS', optionList(options) || 'None but the global ones.'),
    section(
      'EXIT STATUS',
      `0, or ${status} after an error. A command that waits for a process ends with its status, 128+n when signal n ended it.`,
    ),
    section('SEE ALSO', '.BR slipway (8)'),
  ]);
}

function overview({ commands, globalOptions }: Tables): string {
  const list = Object.entries(commands).map(
    ([name, { describe }]) => `.TP\n.BR slipway-${roff(name)} (8)\n${roff(describe)}`,
  );
  return page('slipway', 'OCI container runtime', [
    section('SYNOPSIS', '.B slipway\n[GLOBAL OPTIONS] COMMAND [OPTIONS] [ARGUMENTS]'),
    section(
      'DESCRIPTION',
      'Creates and runs containers as the Open Container Initiative specifies them. Arguments, output, exit statuses and files are those of\n.BR runc (8).',
    ),
    section('GLOBAL OPTIONS', optionList(globalOptions)),
    section('COMMANDS', list.join('\n')),
    section('SEE ALSO', '.BR runc (8),\n.BR crun (1),\n.BR unshare (1),\n.BR nsenter (1),\n.BR cgroups (7)'),
  ]);
}

function page(title: string, describe: string, sections: readonly string[]): string {
  const heading = `.TH ${roff(title.toUpperCase())} 8 "" "slipway ${version}" "slipway"\n`;
  return `${heading}${section('NAME', `${roff(title)} \\- ${roff(describe)}`)}${sections.join('')}`;
}

function section(name: string, text: string): string {
  return `.SH ${name}\n${text}\n`;
}

function optionList(options: Readonly<Record<string, OptionSpec>>): string {
  return shownOptions(options)
    .map(([name, { kind, describe, short, choices }]) => {
      const letter = short === undefined ? '' : `\\fB\\-${short}\\fR, `;
      const value = kind === 'flag' ? '' : ` \\fI${roff(choices?.join('|') ?? 'VALUE')}\\fR`;
      const repeated = kind === 'list' ? ' It may be given more than once.' : '';
      return `.TP\n${letter}\\fB\\-\\-${roff(name)}\\fR${value}\n${roff(describe)}.${repeated}`;
    })
    .join('\n');
}

/** Plain text: a hyphen is a minus, and no line begins a request. */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(/^([.'])/gm, '\\&$1');
}
