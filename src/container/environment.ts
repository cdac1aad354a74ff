// What every operation gets from its caller; nothing in container/ reads argv, prints or exits.

import type { LogLevel } from '../host/log.ts';

/** Who makes the cgroups of a new container; with `disabled` it stays in the cgroup of the caller. */
export type CgroupManager = 'cgroupfs' | 'systemd' | 'disabled';

export type Environment = {
  /** State directory (--root). */
  readonly root: string;
  /** It was named, and is not the default one. */
  readonly rootGiven: boolean;
  readonly cgroupManager: CgroupManager;
  /** Have the init report each step. */
  readonly debug: boolean;
  readonly log: (level: LogLevel, message: string) => Promise<void>;
};
