// What the steps of one script share: the container, the init that was started for it, and what they leave for one another.

import type { Conversation } from '../conversation/conversation.ts';
import { lostInit } from '../conversation/failure.ts';
import type { Executors } from '../conversation/run-script.ts';
import type { UndoStack } from '../conversation/undo.ts';
import type { InitProcess } from '../host/init-process.ts';
import type { ProcessIdentity } from '../host/process.ts';
import type { Notifier } from '../host/service-manager.ts';
import type { Following } from '../host/signal.ts';
import type { HostStep } from '../plan/host-step.ts';
import type { SavedState } from '../store/saved-state.ts';
import type { ContainerPaths } from '../store/store.ts';
import type { Environment } from './environment.ts';

export type Operation = {
  readonly env: Environment;
  readonly paths: ContainerPaths;
  readonly init: InitProcess;
  readonly conversation: Conversation;
  /** What takes back all that was done. */
  readonly undo: UndoStack;
  /** Of a container that is being made: what becomes of its config.json and its seccomp filter. */
  readonly made: Made | null;
  /** It changes while a container is made. */
  state: SavedState;
  following: Following | null;
  notifier: Notifier | null;
  /** Gives files that were prepared their names. */
  publish: () => void;
};

export type Made = {
  /** Text of config.json. */
  readonly config: string;
  readonly keepFilter: () => void;
};

/** The container process. */
export function processOf({ conversation }: Operation): ProcessIdentity {
  const { process } = conversation.findings;
  if (process === null) throw lostInit();
  return process;
}

/** The part of the table of executors that one file has. */
export type ExecutorsOf<Op extends HostStep['op']> = Pick<Executors<Operation>, Op>;
