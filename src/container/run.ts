// run: create and start in one; in the foreground it waits, passes signals on, and deletes.

import { followSignals } from '../host/signal.ts';
import { type Created, type CreateRequest, createContainer } from './create.ts';
import { destroy } from './delete.ts';
import type { Environment } from './environment.ts';
import { runHooks } from './hooks.ts';
import { lostInit, reportRecord } from './init-records.ts';
import { demandProgram } from './start.ts';

export type RunRequest = CreateRequest & {
  readonly detach: boolean;
  /** Leave state and cgroups behind after the end. */
  readonly keep: boolean;
};

/** Returns the status of the process, 128+n when a signal ended it; 0 when detached. */
export async function run(env: Environment, request: RunRequest): Promise<number> {
  const created = await createContainer(env, request, request.detach ? 'detached' : 'foreground');
  const { spawned } = created;
  // From the start on: a signal that comes early is passed on too.
  const release = request.detach ? () => undefined : followSignals(spawned.signal);
  try {
    await letGo(env, created);
    await runHooks(env, created.state.hooks.poststart, created.state, 'running');
    const status = await spawned.exited;
    if (request.detach) return 0;
    if (!request.keep) await destroy(env, created.state, created.paths);
    return status;
  } catch (error) {
    spawned.channel.close();
    throw await created.undo.fail(error);
  } finally {
    release();
  }
}

/** Starts the program, and waits until it runs. */
async function letGo(env: Environment, { spawned, state, sent }: Created): Promise<void> {
  demandProgram(state);
  spawned.channel.sendStart();
  let executing = false;
  // After EXEC, end of file: execve closed the socket.
  for (let record = spawned.channel.next(); record !== null; record = spawned.channel.next()) {
    if (record.kind === 'EXEC') executing = true;
    else await reportRecord(env, record, sent);
  }
  spawned.channel.close();
  if (!executing) throw lostInit();
}
