// Completion scripts for shells, generated from the command table.

import { RuntimeError } from '../error/error.ts';
import { commands, globalOptions } from './commands.ts';
import type { OptionSpec } from './table.ts';

const shells = ['bash', 'zsh', 'fish'] as const;

/** A script to be sourced, or to be put where the shell looks for it. Throws USAGE for another shell. */
export function completionFor(shell: string): string {
  switch (shell) {
    case 'bash':
      return bash();
    case 'zsh':
      return zsh();
    case 'fish':
      return fish();
    default:
      throw new RuntimeError('USAGE', `completion: expected one of ${shells.join(', ')}, found "${shell}"`);
  }
}

type Options = Readonly<Record<string, OptionSpec>>;

/** Not those that are hidden. */
function shown(options: Options): [string, OptionSpec][] {
  return Object.entries(options).filter(([, { hidden }]) => hidden !== true);
}

function words(options: Options): string {
  return shown(options)
    .flatMap(([name, { short }]) => (short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`]))
    .join(' ');
}

/** Options that a word follows which is no file: "--format" with its choices. */
function choiceCases(options: Options): string[] {
  return shown(options).flatMap(([name, { choices, short }]) =>
    choices === undefined
      ? []
      : [
          `${short === undefined ? '' : `-${short}|`}--${name}) COMPREPLY=($(compgen -W '${choices.join(' ')}' -- "$word")); return ;;`,
        ],
  );
}

/** Options that take a word. */
function valued(options: Options): string {
  return shown(options)
    .filter(([, { kind }]) => kind !== 'flag')
    .flatMap(([name, { short }]) => (short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`]))
    .join('|');
}

function bash(): string {
  const cases = Object.entries(commands).flatMap(([name, { options, positionals }]) => [
    `    ${name})`,
    ...(choiceCases(options).length === 0
      ? []
      : ['      case $previous in', ...choiceCases(options).map((line) => `        ${line}`), '      esac']),
    `      options='${words(options)}'`,
    `      ids=${positionals.some(({ name: word }) => word === 'container-id') ? 'yes' : 'no'}`,
    '      ;;',
  ]);
  return `# bash completion of slipway: generated from its command table.
_slipway() {
  local word=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command= options= ids=no index root=
  for ((index = 1; index < COMP_CWORD; index++)); do
    case \${COMP_WORDS[index]} in
      --root) root=\${COMP_WORDS[index+1]}; ((index++)) ;;
      ${valued(globalOptions)}) ((index++)) ;;
      -*) ;;
      *) command=\${COMP_WORDS[index]}; break ;;
    esac
  done
  case $command in
    '')
      case $previous in
${choiceCases(globalOptions)
  .map((line) => `        ${line}\n`)
  .join('')}      esac
      options='${words(globalOptions)}'
      [[ $word == -* ]] || options='${Object.keys(commands).join(' ')}'
      ;;
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$options" -- "$word"))
  if [[ $ids == yes && $word != -* ]]; then
    COMPREPLY+=($(compgen -W "$("\${COMP_WORDS[0]}" \${root:+--root "$root"} list --quiet 2>/dev/null)" -- "$word"))
  fi
}
complete -o default -F _slipway slipway
`;
}

/** Between single quotes. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function zshOption([name, { kind, describe, short, choices }]: [string, OptionSpec]): string {
  const value =
    kind === 'flag' ? '' : `:value:${choices === undefined ? '_files' : `(${choices.join(' ')})`}`;
  const text = describe.replaceAll(/[[\]:]/g, ' ');
  const repeat = kind === 'list' ? '*' : '';
  const long = quoted(`${repeat}--${name}[${text}]${value}`);
  return short === undefined ? long : `${long} ${quoted(`${repeat}-${short}[${text}]${value}`)}`;
}

function zsh(): string {
  const cases = Object.entries(commands).map(([name, { options, positionals }]) => {
    const ids = positionals.some(({ name: word }) => word === 'container-id')
      ? " '1:container:_slipway_ids'"
      : '';
    return `    ${name}) _arguments -S ${[...shown(options).map(zshOption), "'*:file:_files'"].join(' ')}${ids} ;;`;
  });
  const described = Object.entries(commands).map(([name, { describe }]) => quoted(`${name}:${describe}`));
  return `#compdef slipway
# zsh completion of slipway: generated from its command table.
_slipway_ids() {
  local -a ids
  ids=(\${(f)"$(slipway \${opt_args[--root]:+--root \${opt_args[--root]}} list --quiet 2>/dev/null)"})
  compadd -a ids
}
_slipway() {
  local state
  _arguments -C -S ${shown(globalOptions).map(zshOption).join(' ')} '1:command:->command' '*::argument:->arguments'
  case $state in
    command)
      local -a names
      names=(${described.join(' ')})
      _describe command names
      ;;
    arguments)
      case $words[1] in
${cases.map((line) => `    ${line}`).join('\n')}
      esac
      ;;
  esac
}
if [[ $funcstack[1] == _slipway ]]; then _slipway "$@"; else compdef _slipway slipway; fi
`;
}

function fishOption(
  condition: string,
  [name, { kind, describe, short, choices }]: [string, OptionSpec],
): string {
  const value = kind === 'flag' ? '' : choices === undefined ? ' -r' : ` -x -a ${quoted(choices.join(' '))}`;
  const letter = short === undefined ? '' : ` -s ${short}`;
  return `complete -c slipway -n ${quoted(condition)} -l ${name}${letter}${value} -d ${quoted(describe)}`;
}

function fish(): string {
  const names = Object.keys(commands).join(' ');
  const lines = Object.entries(commands).flatMap(([name, { describe, options, positionals }]) => {
    const condition = `__fish_seen_subcommand_from ${name}`;
    return [
      `complete -c slipway -n '__fish_use_subcommand' -f -a ${name} -d ${quoted(describe)}`,
      ...shown(options).map((option) => fishOption(condition, option)),
      ...(positionals.some(({ name: word }) => word === 'container-id')
        ? [`complete -c slipway -n ${quoted(condition)} -f -a '(slipway list --quiet 2>/dev/null)'`]
        : []),
    ];
  });
  return `# fish completion of slipway: generated from its command table (${names}).
${shown(globalOptions)
  .map((option) => fishOption('__fish_use_subcommand', option))
  .join('\n')}
${lines.join('\n')}
`;
}
