// What a command line may hold, as data: the parser, the help and the shell completion all read these tables.

import type { Environment } from '../container/environment.ts';

/** An option. `text` takes a value; `list` takes one each time it is given. */
export type OptionSpec = {
  readonly kind: 'flag' | 'text' | 'list';
  readonly describe: string;
  readonly short?: string;
  readonly choices?: readonly string[];
  /** Not shown in the help. */
  readonly hidden?: true;
};

export type PositionalSpec = {
  readonly name: string;
  readonly required: boolean;
  /** The last one: it and all that follows, whatever it looks like. */
  readonly rest?: true;
};

/** The whole command line. */
export type Tables = {
  readonly commands: Readonly<Record<string, CommandSpec>>;
  readonly globalOptions: CommandSpec['options'];
};

/** A command that was parsed, with what it needs to run. */
export type Call = {
  readonly env: Environment;
  readonly options: Options;
  readonly positionals: readonly string[];
  /** For commands that write about commands. */
  readonly tables: Tables;
  /** Writes a command's result to stdout. */
  readonly print: (text: string) => void;
};

/** Returns the exit status. */
export type Handler = (call: Call) => Promise<number>;

export type CommandSpec = {
  readonly describe: string;
  readonly positionals: readonly PositionalSpec[];
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** Exit status and beginning of the message of an error; by default 1 and nothing. */
  readonly failure?: { readonly status: number; readonly prefix: string };
  /** Throws when this host cannot do what the command is for; engines ask by the status of --help. */
  readonly probe?: () => Promise<void>;
  /** The command's code, which no other command loads. */
  readonly load: () => Promise<{ readonly handler: Handler }>;
};

/** Values of options, by their long names. */
export class Options {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  /** Those of the names that were given. */
  given(names: readonly string[]): readonly string[] {
    return names.filter((name) => Object.hasOwn(this.#values, name));
  }

  flag(name: string): boolean {
    return this.#values[name] === true;
  }

  /** Null when the flag is absent. */
  truth(name: string): boolean | null {
    const value = this.#values[name];
    return typeof value === 'boolean' ? value : null;
  }

  /** Each value that was given. */
  list(name: string): readonly string[] {
    const value = this.#values[name];
    return Array.isArray(value) ? value : [];
  }

  /** Null when the option is absent. */
  text(name: string): string | null {
    const value = this.#values[name];
    return typeof value === 'string' ? value : null;
  }
}

/** Those that help, manual pages and completion show. */
export function shownOptions(options: CommandSpec['options']): readonly (readonly [string, OptionSpec])[] {
  return Object.entries(options).filter(([, { hidden }]) => hidden !== true);
}

/** "create <container-id>": the name of a command and its arguments. */
export function synopsis(name: string, { positionals }: CommandSpec): string {
  const words = positionals.map(({ name: word, required, rest }) => {
    const shown = rest === true ? `${word}..` : word;
    return required ? `<${shown}>` : `[${shown}]`;
  });
  return [name, ...words].join(' ');
}

/** The command of a name; undefined when there is none. */
export function commandNamed(name: string, { commands }: Pick<Tables, 'commands'>): CommandSpec | undefined {
  return Object.hasOwn(commands, name) ? commands[name] : undefined;
}
