// The plan: everything that will be done, as data. make-plan.ts computes it from the config and host facts.

import type { Freezer } from '../cgroup/cgroup-steps.ts';
import type { ContainerCgroup } from '../cgroup/container-cgroup.ts';
import type { Scope } from '../cgroup/systemd/scope.ts';
import type { HookStep } from '../hook/hook-steps.ts';
import type { Script } from './script.ts';

/** What is done, and what the state of the container remembers of it. */
export type Plan = {
  readonly script: Script;
  readonly container: ContainerRecord;
};

/** What the commands after `create` need to know of a container. */
export type ContainerRecord = {
  /** Absolute path on the host. */
  readonly rootfs: string;
  readonly cgroups: readonly ContainerCgroup[];
  /** Host directories above them, deepest first. */
  readonly cgroupParents: readonly string[];
  readonly freezers: readonly Freezer[];
  /** Name of the unit that systemd makes the cgroup for; null without systemd. */
  readonly scope: string | null;
  readonly ownPidNamespace: boolean;
  readonly poststart: readonly HookStep[];
  readonly poststop: readonly HookStep[];
};

/** What the caller asks for, of any process in a container. */
export type StageOptions = {
  /** Numbers of the fds from 3 on that the process inherits, in order. */
  readonly preserved: readonly number[];
  /** The outer init stays and the start comes through the socket (`run`), or fifos for `start` are made. */
  readonly start:
    | { readonly kind: 'foreground' | 'detached' }
    | { readonly kind: 'fifos'; readonly start: string; readonly result: string };
  /** The AF_UNIX socket that the terminal is sent to, when the caller does not have it relayed. */
  readonly consoleSocket: string | null;
  /** The AF_UNIX socket that the pidfd of the container process is sent to. */
  readonly pidfdSocket: string | null;
  /** The seccomp profile of the container, compiled; null without one. */
  readonly filter: Uint8Array | null;
  /** The file that tells the pid of the process. */
  readonly pidFile: string | null;
  readonly debug: boolean;
};

/** What the caller asks for beside the config. */
export type PlanOptions = StageOptions & {
  readonly id: string;
  /** Directory of the container below --root. */
  readonly folder: string;
  /** Directory for the socket that the program tells its readiness to; null: nobody wants to know. */
  readonly notifyDirectory: string | null;
  /** Absolute path on the host. */
  readonly bundle: string;
  readonly noPivot: boolean;
  /** slipway unpacked the root file system below the state directory, whose mount may be noexec. */
  readonly unpacked: boolean;
  /** Name of a new session keyring; null: that of the caller stays. */
  readonly keyring: string | null;
  /** What the cgroup is where systemd makes it; null without systemd. */
  readonly scope: Scope | null;
};
