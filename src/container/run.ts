// run: create and start in one; in the foreground it waits, passes signals on, and deletes.

import { dismissInit } from '../host/init-process.ts';
import type { Notifier } from '../host/service-manager.ts';
import { type Created, type CreateRequest, createContainer } from './create.ts';
import { removeStopped } from './delete.ts';
import type { Environment } from './environment.ts';
import { runHooks } from './hooks.ts';
import { followToExec } from './init-records.ts';
import { demandInit } from './load.ts';
import { followReadiness } from './readiness.ts';
import { demandProgram } from './start.ts';

export type RunRequest = CreateRequest & {
  readonly detach: boolean;
  /** Leave state and cgroups behind after the end. */
  readonly keep: boolean;
};

/** Returns the status of the process, 128+n when a signal ended it; 0 when detached. */
export async function run(env: Environment, request: RunRequest): Promise<number> {
  const created = await createContainer(env, request, request.detach ? 'detached' : 'foreground');
  let notifier: Notifier | null = null;
  try {
    notifier = await followReadiness(created.paths, demandInit(created.state));
    await letGo(env, created);
    await runHooks(env, created.state.hooks.poststart, created.state, 'running');
    if (request.detach) {
      await notifier?.ended;
      return 0;
    }
    const status = await created.process.status(demandInit(created.state));
    if (!request.keep) await removeStopped(env, created.state, created.paths);
    return status;
  } catch (error) {
    created.process.channel.close();
    throw await created.undo.fail(error);
  } finally {
    notifier?.stop();
    dismissInit();
    created.following?.release();
  }
}

/** Starts the program, and waits until it runs. */
async function letGo(env: Environment, { process, state, sent, following }: Created): Promise<void> {
  demandProgram(state);
  process.channel.sendStart();
  await followToExec(env, process.channel, sent);
  following?.ready();
}
