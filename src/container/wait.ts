// Waits for the program of a command in the foreground.

import { removeStopped } from './delete.ts';
import { type Operation, processOf } from './operation.ts';
import { orTakeBack } from './take-back.ts';

/** Returns the status of the process, 128+n when a signal ended it. */
export async function awaitStatus(operation: Operation): Promise<number> {
  return await orTakeBack(operation, () => operation.init.status(processOf(operation)));
}

/** The same, and removes the container. `keep`: state and cgroups stay. */
export async function untilEnd(operation: Operation, { keep }: { readonly keep: boolean }): Promise<number> {
  const { init, env, paths } = operation;
  return await orTakeBack(operation, async () => {
    const status = await init.status(processOf(operation));
    if (!keep) await removeStopped(env, operation.state, paths);
    return status;
  });
}
