// What every operation gets from its caller; nothing in container/ reads argv, prints or exits.

import type { LogLevel } from '../host/log.ts';

/** Who makes the cgroups of a new container; with `disabled` it stays in the cgroup of the caller. */
export type CgroupManager = 'cgroupfs' | 'systemd' | 'disabled';

/** Whether cgroups that are not permitted are left out (--rootless): `auto` for all but root of the host. */
export type Rootless = 'true' | 'false' | 'auto';

export type Environment = {
  /** State directory (--root). */
  readonly root: string;
  /** It was named, and is not the default one. */
  readonly rootGiven: boolean;
  /** Mode that it gets where it is missing. */
  readonly rootMode: number;
  readonly cgroupManager: CgroupManager;
  readonly rootless: Rootless;
  /** Annotations that reach the host, which the caller asks for by name. */
  readonly trustedAnnotations: readonly string[];
  /** Have the init report each step. */
  readonly debug: boolean;
  readonly log: (level: LogLevel, message: string) => Promise<void>;
};
