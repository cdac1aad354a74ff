// start (runtime.md#start): lets the container process go and learns from the result fifo whether its program runs.

import { failureOf, isFailure, lostInit } from '../conversation/failure.ts';
import { RuntimeError } from '../error/error.ts';
import { releaseAndRead } from '../host/fifo.ts';
import { removeFile } from '../host/file-changes.ts';
import type { SavedState } from '../store/saved-state.ts';
import { type ContainerPaths, takeStartFifo } from '../store/store.ts';
import { destroy } from './delete.ts';
import type { Environment } from './environment.ts';
import { runHooks } from './hooks.ts';
import { containerProcessOf, loadContainer } from './load.ts';
import { followReadiness } from './readiness.ts';
import { demand } from './status.ts';

export async function start(env: Environment, request: { readonly id: string }): Promise<void> {
  const { id, paths, state, status } = loadContainer(env, request);
  demand('start', id, status);
  demandProgram(state);
  const notifier = await followReadiness(paths, containerProcessOf(state));
  const fifo = takeStartFifo(paths);
  // Another `start` was quicker.
  if (fifo === null) throw new RuntimeError('WRONG_STATUS', 'cannot start an already running container');
  const records = releaseAndRead(fifo, paths.resultFifo);
  removeFile(fifo);
  removeFile(paths.resultFifo);
  const failed = records?.find(isFailure);
  if (failed !== undefined)
    throw await afterFailure(env, state, paths, failureOf(failed, undefined, 'START_FAILED'));
  // The last word before execve; without it the end of file was a death.
  if (records?.some(({ kind }) => kind === 'EXEC') !== true) throw lostInit();
  await poststart(env, state, paths);
  await notifier?.ended;
}

async function poststart(env: Environment, state: SavedState, paths: ContainerPaths): Promise<void> {
  try {
    await runHooks(env, state.hooks.poststart, state, 'running');
  } catch (error) {
    throw await afterFailure(env, state, paths, error);
  }
}

/** A hook that fails ends and removes the container (runtime.md#lifecycle, 7 and 9). Returns the error. */
async function afterFailure(
  env: Environment,
  state: SavedState,
  paths: ContainerPaths,
  error: unknown,
): Promise<unknown> {
  if (error instanceof RuntimeError && error.code === 'HOOK_FAILED') await destroy(env, state, paths);
  return error;
}

/** Throws when config.json names no program (runtime.md#start). */
export function demandProgram({ unstartable }: SavedState): void {
  if (unstartable !== null) throw new RuntimeError('INVALID_CONFIG', unstartable);
}
