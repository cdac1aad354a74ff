// The plan: everything that will be done, as data. make-plan.ts computes it from the config and host facts.

import type { CgroupStep, CgroupWriteStep, Freezer } from '../cgroup/cgroup-steps.ts';
import type { ContainerCgroup } from '../cgroup/container-cgroup.ts';
import type { Scope, ScopePlan } from '../cgroup/systemd/scope.ts';
import type { HookStep } from '../hook/hook-steps.ts';
import type { InitStep } from '../init/protocol.ts';
import type { NamespaceStep } from '../namespace/argv.ts';
import type { IdMapStep } from '../namespace/id-map.ts';
import type { NetDeviceStep } from '../network/net-devices.ts';
import type { RdtJoinStep, RdtStep } from '../rdt/rdt.ts';

/** What slipway does on the host with a process that exists. */
export type ProcessStep =
  | IdMapStep
  | NetDeviceStep
  | RdtJoinStep
  | ({ readonly from: string } & (
      | { readonly op: 'oomScoreAdj'; readonly value: number }
      /** Pipes and files that are stdio, to a uid of the host. */
      | { readonly op: 'giveStdio'; readonly uid: number }
      /** Where the container process may not join by itself: its pid into a cgroup.procs file. */
      | { readonly op: 'joinCgroup'; readonly procs: string }
    ));

/** Binds the root file system on itself: what is mounted below it then goes with that one mount. */
export type BindRootStep = { readonly op: 'bindRoot'; readonly from: string; readonly path: string };

export type Plan = {
  /** Absolute path on the host. */
  readonly rootfs: string;
  /** For a container in the mount namespace of the caller: on the host, before anything else. */
  readonly callerRoot: readonly BindRootStep[];
  readonly namespaces: readonly NamespaceStep[];
  /** The unit that systemd makes the cgroup for; null without systemd. */
  readonly scope: ScopePlan | null;
  readonly rdt: readonly RdtStep[];
  /** Before the container process exists. */
  readonly cgroups: readonly CgroupStep[];
  /** Once it exists. */
  readonly lateCgroups: readonly CgroupWriteStep[];
  readonly containerCgroups: readonly ContainerCgroup[];
  /** Host directories above them, deepest first. */
  readonly cgroupParents: readonly string[];
  readonly freezers: readonly Freezer[];
  /** Run by the prepare stage, in the host's namespaces; it ends by becoming nsenter or unshare, and these the init. */
  readonly prepare: readonly InitStep[];
  /** Run by the first process of a new user namespace, once it has its maps, in the same way; empty without one. */
  readonly user: readonly InitStep[];
  /** On the host, once the user namespace is there. */
  readonly idMaps: readonly ProcessStep[];
  /** Run by the outer init; the last one clones the container process. */
  readonly outer: readonly InitStep[];
  /** On the host, once the container process exists. */
  readonly process: readonly ProcessStep[];
  /** In the runtime's namespaces, while the container process waits at `sync`: prestart, then createRuntime. */
  readonly hooks: readonly HookStep[];
  readonly poststart: readonly HookStep[];
  readonly poststop: readonly HookStep[];
  /** Run by the container process; what follows `waitStart` is run at the start. */
  readonly container: readonly InitStep[];
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
  readonly debug: boolean;
};

/** What the caller asks for beside the config. */
export type PlanOptions = StageOptions & {
  readonly id: string;
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
