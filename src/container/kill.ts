// kill (runtime.md#kill).

import { directoriesOf } from '../cgroup/container-cgroup.ts';
import { RuntimeError } from '../error/error.ts';
import { thaw } from '../host/cgroup/freezer.ts';
import { emptyCgroups } from '../host/cgroup/removal.ts';
import { signalAll } from '../host/cgroup/signals.ts';
import { sendSignal } from '../host/signal.ts';
import type { SavedState } from '../store/saved-state.ts';
import type { Environment } from './environment.ts';
import { containerProcessOf, loadContainer } from './load.ts';
import { processesOf } from './processes.ts';
import { parseSignal } from './signals.ts';
import { demand } from './status.ts';

export type KillRequest = {
  readonly id: string;
  /** Name or number. */
  readonly signal: string;
  /** Every process of the container; then a stopped container is no error, as runc does. */
  readonly all: boolean;
};

export async function kill(env: Environment, request: KillRequest): Promise<void> {
  const { id, state, status } = loadContainer(env, request);
  const signal = parseSignal(request.signal);
  const cgroups = directoriesOf(state.cgroups);
  // Without a pid namespace of its own nothing else ends the other processes, which may outlive the first one.
  const others = signal === sigkill && !state.ownPidNamespace && cgroups.length > 0;
  const outlived = others && status === 'stopped' && processesOf(state).length > 0;
  if (!request.all && !outlived) {
    demand('kill', id, status);
    if (!(await sendSignal(containerProcessOf(state), signal))) {
      throw new RuntimeError('WRONG_STATUS', `container not running: ${id}`, { ref: id });
    }
  }
  if (request.all || others) signalEach(state, signal);
  if (signal === sigkill) thaw(cgroups);
}

function signalEach(state: SavedState, signal: number): void {
  const directories = directoriesOf(state.cgroups);
  if (signal === sigkill && directories.length > 0) emptyCgroups(directories);
  else signalAll(state.freezers, () => processesOf(state), signal);
}

const sigkill = 9;
