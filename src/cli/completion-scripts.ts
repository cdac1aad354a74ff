// Completion scripts for shells, generated from the command table.

import { RuntimeError } from '../error/error.ts';
import { type CommandSpec, shownOptions, type Tables } from './table.ts';

const shells = ['bash', 'zsh', 'fish'] as const;

/** A script to be sourced, or to be put where the shell looks for it. Throws USAGE for another shell. */
export function completionFor(shell: string, tables: Tables): string {
  switch (shell) {
    case 'bash':
      return bash(tables);
    case 'zsh':
      return zsh(tables);
    case 'fish':
      return fish(tables);
    default:
      throw new RuntimeError('USAGE', `completion: expected one of ${shells.join(', ')}, found "${shell}"`);
  }
}

type Options = CommandSpec['options'];

type Option = ReturnType<typeof shownOptions>[number];

/** "--all" and "-a". */
function spellings([name, { short }]: Option): string[] {
  return short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`];
}

function takesId({ positionals }: CommandSpec): boolean {
  return positionals.some(({ name }) => name === 'container-id');
}

/** Options whose next word is one of a few: "--format" with its choices. */
function choiceCases(options: Options): string[] {
  return shownOptions(options).flatMap((option) => {
    const { choices } = option[1];
    const words = `COMPREPLY=($(compgen -W '${choices?.join(' ')}' -- "$word"))`;
    return choices === undefined ? [] : [`${spellings(option).join('|')}) ${words}; return ;;`];
  });
}

/** Options that take a word. */
function valued(options: Options): string {
  return shownOptions(options)
    .filter(([, { kind }]) => kind !== 'flag')
    .flatMap(spellings)
    .join('|');
}

function bash({ commands, globalOptions }: Tables): string {
  const cases = Object.entries(commands).flatMap(([name, command]) => [
    `    ${name})`,
    '      case $previous in',
    ...choiceCases(command.options).map((line) => `        ${line}`),
    '      esac',
    `      options='${shownOptions(command.options).flatMap(spellings).join(' ')}'`,
    `      ids=${takesId(command) ? 'yes' : 'no'}`,
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
      options='${shownOptions(globalOptions).flatMap(spellings).join(' ')}'
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

function zshOption(option: Option): string {
  const { kind, describe, choices } = option[1];
  const value =
    kind === 'flag' ? '' : `:value:${choices === undefined ? '_files' : `(${choices.join(' ')})`}`;
  const text = describe.replaceAll(/[[\]:]/g, ' ');
  const repeat = kind === 'list' ? '*' : '';
  return spellings(option)
    .map((word) => quoted(`${repeat}${word}[${text}]${value}`))
    .join(' ');
}

function zsh({ commands, globalOptions }: Tables): string {
  const cases = Object.entries(commands).map(([name, command]) => {
    const ids = takesId(command) ? " '1:container:_slipway_ids'" : '';
    return `    ${name}) _arguments -S ${[...shownOptions(command.options).map(zshOption), "'*:file:_files'"].join(' ')}${ids} ;;`;
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
  _arguments -C -S ${shownOptions(globalOptions).map(zshOption).join(' ')} '1:command:->command' '*::argument:->arguments'
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

function fishOption(condition: string, [name, { kind, describe, short, choices }]: Option): string {
  const value = kind === 'flag' ? '' : choices === undefined ? ' -r' : ` -x -a ${quoted(choices.join(' '))}`;
  const letter = short === undefined ? '' : ` -s ${short}`;
  return `complete -c slipway -n ${quoted(condition)} -l ${name}${letter}${value} -d ${quoted(describe)}`;
}

function fish({ commands, globalOptions }: Tables): string {
  const lines = Object.entries(commands).flatMap(([name, command]) => {
    const condition = `__fish_seen_subcommand_from ${name}`;
    return [
      `complete -c slipway -n '__fish_use_subcommand' -f -a ${name} -d ${quoted(command.describe)}`,
      ...shownOptions(command.options).map((option) => fishOption(condition, option)),
      ...(takesId(command)
        ? [`complete -c slipway -n ${quoted(condition)} -f -a '(slipway list --quiet 2>/dev/null)'`]
        : []),
    ];
  });
  return `# fish completion of slipway: generated from its command table.
${shownOptions(globalOptions)
  .map((option) => fishOption('__fish_use_subcommand', option))
  .join('\n')}
${lines.join('\n')}
`;
}
