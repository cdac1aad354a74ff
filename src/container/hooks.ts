// Runs the hooks of the runtime's namespaces at their points of the life cycle (runtime.md#lifecycle).

import type { HookState } from '../hook/hook-state.ts';
import type { HookStep } from '../hook/hook-steps.ts';
import { runHook } from '../host/hook.ts';
import { identityOf } from '../host/process.ts';
import { annotation } from '../spec/annotations.ts';
import { parseContainerId } from '../store/id.ts';
import type { SavedState } from '../store/saved-state.ts';
import { containerPaths, forgetHook, saveHook } from '../store/store.ts';
import type { Environment } from './environment.ts';
import { logHostStep } from './script-log.ts';

/** In order; the first that fails throws HOOK_FAILED and is the last. */
export async function runHooks(
  env: Environment,
  hooks: readonly HookStep[],
  state: SavedState,
  status: HookState['status'],
): Promise<void> {
  for (const hook of hooks) {
    await runHookStep(env, hook, state, status);
    await logHostStep(env, hook);
  }
}

/** Throws HOOK_FAILED. */
export async function runHookStep(
  env: Environment,
  hook: HookStep,
  state: SavedState,
  status: HookState['status'],
): Promise<void> {
  // A poststop hook runs when the container's folder is gone.
  const paths = status === 'stopped' ? null : containerPaths(env.root, parseContainerId(state.id));
  await runHook(hook, stateForHook(state, status), {
    cwd: state.bundle,
    scratch: env.root,
    stdoutLog: annotation(state, 'hooksStdout'),
    stderrLog: annotation(state, 'hooksStderr'),
    started: (pid) => paths !== null && saveHook(paths, identityOf(pid)),
  });
  if (paths !== null) forgetHook(paths);
}

/** Each of them; one that fails is a warning (runtime.md#lifecycle, 13). */
export async function runPoststop(env: Environment, state: SavedState): Promise<void> {
  for (const hook of state.hooks.poststop) {
    try {
      await runHooks(env, [hook], state, 'stopped');
    } catch (error) {
      await env.log('warning', error instanceof Error ? error.message : String(error));
    }
  }
}

/** The state as the runtime tells it while a container changes (runtime.md#state). */
export function stateForHook(state: SavedState, status: HookState['status']): HookState {
  const { ociVersion, id, bundle, annotations, init } = state;
  const pid = status === 'stopped' || init === null ? {} : { pid: init.pid };
  return { ociVersion, id, status, ...pid, bundle, annotations };
}
