// Log lines in runc's two formats, written synchronously: text for people, JSON for engines (level, msg, time).

import { attempt } from './attempt.ts';
import { writeErrors } from './output.ts';

export type LogLevel = 'debug' | 'info' | 'warning' | 'error';

export type LogOptions = {
  /** Null: stderr. */
  readonly path: string | null;
  readonly format: 'text' | 'json';
  readonly debug: boolean;
};

const pinoLevels = { debug: 'debug', info: 'info', warning: 'warn', error: 'error' } as const;

/**
 * A function that writes a line. A log file gets errors alone unless debugging: podman reads the whole file as one
 * object. Throws SYSTEM when the file cannot be opened.
 */
export function makeLog(options: LogOptions): (level: LogLevel, message: string) => Promise<void> {
  const least: LogLevel = options.debug ? 'debug' : options.path === null ? 'warning' : 'error';
  let opened: ReturnType<typeof open> | null = null;
  return async (level, message) => {
    const order: readonly LogLevel[] = ['debug', 'info', 'warning', 'error'];
    if (order.indexOf(level) < order.indexOf(least)) return;
    opened ??= open(options);
    (await opened)[pinoLevels[level]](message);
  };
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
