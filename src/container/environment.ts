// What every operation gets from its caller; nothing in container/ reads argv, prints or exits.

export type LogLevel = 'debug' | 'info' | 'warning' | 'error';

export type Environment = {
  /** State directory (--root). */
  readonly root: string;
  /** Have the init report each step. */
  readonly debug: boolean;
  readonly log: (level: LogLevel, message: string) => Promise<void>;
};
