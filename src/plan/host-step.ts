// What slipway itself does on the host, as data. The executors are in container/executors.ts: a step without one does not compile.

import type { CgroupStep, Freezer } from '../cgroup/cgroup-steps.ts';
import type { ScopePlan } from '../cgroup/systemd/scope.ts';
import type { HookStep } from '../hook/hook-steps.ts';
import type { IdMapStep } from '../namespace/id-map.ts';
import type { NetDeviceStep } from '../network/net-devices.ts';
import type { RdtJoinStep, RdtStep } from '../rdt/rdt.ts';

/** Steps about a process that exists: the container process, or before it the first process of a new user namespace. */
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

/** Steps about the state of the container (store/), and about what the caller of slipway gave. */
type StateStep = {
  readonly from: string;
} /** Makes the directory of the container below --root, which no other container may have. */ & (
  | { readonly op: 'claim'; readonly path: string }
  | { readonly op: 'makeDirectory'; readonly path: string; readonly mode: number }
  /** No process may be in cgroups that another program made, and they may not be frozen. */
  | {
      readonly op: 'demandIdle';
      readonly directories: readonly string[];
      readonly freezers: readonly Freezer[];
    }
  /** Writes state.json and the saved config.json. */
  | { readonly op: 'saveState' }
  /** Writes into the state who the container process is. */
  | { readonly op: 'saveInit' }
  /** Notes which directories above the cgroups are missing, before they are made: they go with the last container in them. */
  | { readonly op: 'noteCgroups'; readonly parents: readonly string[] }
  | ({ readonly op: 'startScope' } & ScopePlan)
  /** The outer init, which stays in the foreground, leaves the scope for the cgroup of slipway. */
  | { readonly op: 'leaveScope'; readonly unit: string; readonly mountpoint: string }
  /** Signals that reach slipway end what is being set up. */
  | { readonly op: 'followSignals'; readonly terminal: boolean }
  /** Signals that reach slipway are for the program from now on. */
  | { readonly op: 'passSignals' }
  /** The process whose namespaces were opened must still be that of the container. */
  | { readonly op: 'demandTarget' }
  /** The listener of the seccomp filter, to the agent's socket. */
  | { readonly op: 'sendListener'; readonly agent: string; readonly metadata: string | null }
  /** Writes the state of a container that is ready, under names that nobody reads yet. */
  | { readonly op: 'prepareState' }
  | { readonly op: 'pidFile'; readonly path: string }
  /** Gives those files their names. */
  | { readonly op: 'publishState' }
  /** The compiled filter stays for the next container with this profile. */
  | { readonly op: 'keepFilter' }
  /** config.json names no program to start. */
  | { readonly op: 'refuseStart'; readonly why: string }
  /** Hears the program say that it is ready, for the service manager that started slipway. */
  | { readonly op: 'listenReadiness' }
  /** Lets the process go that waits at `waitStart`, or for `restore` in CRIU. */
  | { readonly op: 'letGo' }
);

export type HostStep = ProcessStep | BindRootStep | CgroupStep | RdtStep | HookStep | StateStep;
