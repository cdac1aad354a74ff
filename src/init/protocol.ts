// Everything that goes over the control socket between slipway and slipway-init, declared once. The C header is generated
// from this file (scripts/generate-header.ts) whenever the init is built. The scripts in plan/ follow this order; script.test.ts holds
// its rules.
//
//   slipway                          outer init                       container process
//     [the launcher starts it ──────▶ while the JavaScript engine starts]
//                              ◀──── HELLO (the protocol)
//     prepare steps ────────────────▶ runs them in the host's namespaces, becomes nsenter/unshare/init
//     [                        ◀──── HELLO, as the first process of a new user namespace
//     id maps, user steps ──────────▶ becomes its root, then unshare/init, for the other namespaces]
//     makes state and cgroups
//                              ◀──── HELLO
//     outer steps, clone ───────────▶ runs them, clones ────────────▶
//                              ◀──── PID; then exits, or waits (foreground)
//     [joiner steps ────────────────▶ its first child, the joiner, runs them, and clones ─────▶]
//     container steps before `waitStart` ───────────────────────────▶ runs each as it arrives
//     saves the pid
//                              ◀──────────────────────────────────── [SYNC at `sync`
//     prestart, createRuntime hooks
//     the other container steps ────────────────────────────────────▶ createContainer hooks, pivot_root, …]
//                                                                     at `waitStart` keeps what follows it
//                              ◀──────────────────────────────────── READY
//     `start`: a byte into the start fifo; `run`: a byte here ──────▶ runs what follows, execve
//                              ◀──────────────────────────────────── EXEC just before execve, then end of file
//
// End of file before the byte means that slipway died: the container process ends. Whatever fails is one FAILED record
// (step, errno, text) and the end of that process. `create` closes the socket after READY; from then on records go to
// the result fifo.
//
// A container may see every process of a pid namespace that it is in. A process that goes to one that exists has no root,
// working directory, memory or fd of the host, at no moment: the joiner clones it, which itself stays in the pid
// namespace of the host.
//
//   exec: the joiner enters the container's cgroups and all its other namespaces, and has its root; then it clones.
//   create, with the pid namespace of another container: the joiner has an empty mount namespace, and clones. The container
//   process is parked there, while the builder, a second child of the outer init, runs the container steps up to `handOver`:
//   hooks, mounts, pivot_root, terminal. It then hands over the mount namespace, which has nothing of the host any more.
//
// The joiner of exec enters the container's user namespace by itself and not through nsenter(1): an execve(2) in there would
// make its memory belong to that namespace, and so let CAP_SYS_PTRACE of the container reach it (ptrace(2)).
//
// The prepare stage opens what is needed later: namespaces that are joined and, where the host's credentials will be gone
// by then, mounts. All of it waits in slots: numbered places for fds, from 1, that outlive the way through nsenter and
// unshare. What is in brackets happens only sometimes.
//
// fds of the init until the outer init: 0 and 1 of the caller, the control socket, stderr of the caller, the status pipe,
// the preserved fds, the slots. The status pipe takes the status of a foreground container (u32).

import type { OperandKind, Shape } from './shapes/operand-kinds.ts';
import { processShapes } from './shapes/process.ts';
import { rootShapes } from './shapes/root.ts';
import { stageShapes } from './shapes/stages.ts';
import { unpackShapes } from './shapes/unpack.ts';

/** Every step that the init can run. The position is its number on the wire, from 1. */
export const stepShapes = {
  ...stageShapes,
  ...rootShapes,
  ...processShapes,
  ...unpackShapes,
} as const satisfies Record<string, Shape>;

export type StepOp = keyof typeof stepShapes;

/** Those of `slipway-init unpack`; all others are of a container. */
export const unpackSteps = Object.keys(unpackShapes) as (keyof typeof unpackShapes)[];

/** The slot of a tree that is opened and attached by one process: free again after each `attachTree`. */
export const workSlot = 1;

type OperandValue = {
  u32: number;
  u64: bigint;
  flag: boolean;
  slot: number;
  'slot?': number | null;
  bytes: Uint8Array;
  str: string;
  name: Uint8Array;
  u32s: readonly number[];
  strs: readonly string[];
};

/** Operands of one step, e.g. `Operands<'hostname'>` is `{ name: string }`. */
export type Operands<K extends StepOp> = {
  readonly [F in keyof (typeof stepShapes)[K]]: OperandValue[(typeof stepShapes)[K][F] & OperandKind];
};

/** A step as it goes over the wire. */
export type WireStep = { [K in StepOp]: { readonly op: K } & Operands<K> }[StepOp];

/** A step of a plan: what to do, and the JSON pointer or specification section that asks for it. */
export type InitStep = WireStep & { readonly from: string };

/**
 * Records that the init sends: u32 kind, a number, errno, length of text, then text; records.ts says what the fields of each kind are.
 * The position is the number of the kind, from 1.
 */
export const recordKinds = [
  'HELLO',
  'PID',
  /** Before PID: there was no room for the joiner beside it, so slipway puts the container process into its cgroup. */
  'CROWDED',
  /** At `sync`: the runtime's hooks run now. */
  'SYNC',
  'READY',
  /** At `seccomp`. */
  'LISTENER',
  'EXEC',
  'RAN',
  'FAILED',
  /** In place of FAILED when it was a hook. */
  'HOOK_FAILED',
] as const;

/**
 * A foreground slipway passes signal N on to the outer init as N + relayedSignal. What others send to both, such as a
 * terminal to its foreground processes, is so passed on once; and a real-time signal is never merged with another one.
 */
export const relayedSignal = 34;

export type RecordKind = (typeof recordKinds)[number];

/** Tells the protocol: both programs must be built from the same shapes. */
export function protocolText(): string {
  return JSON.stringify([stepShapes, recordKinds]);
}
