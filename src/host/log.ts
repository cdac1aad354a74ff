// Log lines in runc's two formats, written synchronously: text for people, JSON for engines (level, msg, time).

import { RuntimeError } from '../error/error.ts';
import { attempt } from './attempt.ts';
import { appendText } from './file-changes.ts';
import { writeErrors } from './output.ts';

export type LogLevel = 'debug' | 'info' | 'warning' | 'error';

export type LogOptions = {
  /** Null: stderr. */
  readonly path: string | null;
  readonly format: 'text' | 'json';
  readonly debug: boolean;
  /** The least level that is written, as crun names it; null: by the other options. */
  readonly level: string | null;
};

const order: readonly LogLevel[] = ['debug', 'info', 'warning', 'error'];

const pinoLevels = { debug: 'debug', info: 'info', warning: 'warn', error: 'error' } as const;

/**
 * A function that writes a line. A log file gets errors alone unless debugging: podman reads the whole file as one
 * object. Throws SYSTEM when the file cannot be opened.
 */
export function makeLog(options: LogOptions): (level: LogLevel, message: string) => Promise<void> {
  const { path, debug, level: given } = options;
  const usual = path === null ? 'warning' : 'error';
  const least: LogLevel = debug ? 'debug' : (order.find((name) => name === given) ?? usual);
  if (path !== null) demandFile(path);
  let opened: ReturnType<typeof open> | null = null;
  return async (level, message) => {
    if (order.indexOf(level) < order.indexOf(least)) return;
    opened ??= open(options);
    (await opened)[pinoLevels[level]](message);
  };
}

/** An engine that cannot read what went wrong should know so at once. */
function demandFile(path: string): void {
  const [, other] = /^(journald|syslog):/.exec(path) ?? [];
  if (other !== undefined)
    throw new RuntimeError('USAGE', `--log ${path}: slipway writes to a file, not to ${other}`);
  attempt(path, `--log: open "${path}"`, () => appendText(path, ''));
}

async function open({ path, format }: LogOptions) {
  const { pino } = await import('pino');
  const destination = path === null ? { write: writeErrors } : file(pino, path);
  return pino(
    {
      base: null,
      level: 'debug',
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label === 'warn' ? 'warning' : label }) },
    },
    format === 'json' ? destination : { write: (line: string) => void destination.write(textLine(line)) },
  );
}

function file({ destination }: typeof import('pino').pino, path: string) {
  return attempt(path, `--log: open "${path}"`, () => destination({ dest: path, sync: true, append: true }));
}

/** `time="…" level=error msg="…"`, as logrus writes it. */
function textLine(json: string): string {
  const { time, level, msg } = JSON.parse(json) as { time: string; level: string; msg: string };
  return `time=${JSON.stringify(time)} level=${level} msg=${JSON.stringify(msg)}\n`;
}
