// What every operation gets from its caller; nothing in container/ reads argv, prints or exits.

import type { LogLevel } from '../host/log.ts';

export type Environment = {
  /** State directory (--root). */
  readonly root: string;
  /** It was named, and is not the default one. */
  readonly rootGiven: boolean;
  /** Containers stay in the cgroup of the caller (--cgroup-manager=disabled). */
  readonly noCgroups: boolean;
  /** Have the init report each step. */
  readonly debug: boolean;
  readonly log: (level: LogLevel, message: string) => Promise<void>;
};
