// Waits for the program of a command in the foreground.

import { removeStopped } from './delete.ts';
import { type Operation, processOf } from './operation.ts';

/** Returns the status of the process, 128+n when a signal ended it. */
export async function awaitStatus(operation: Operation): Promise<number> {
  try {
    return await operation.init.status(processOf(operation));
  } catch (error) {
    operation.init.channel.close();
    throw await operation.undo.fail(error);
  }
}

/** The same, and removes the container. `keep`: state and cgroups stay. */
export async function untilEnd(operation: Operation, { keep }: { readonly keep: boolean }): Promise<number> {
  const status = await awaitStatus(operation);
  try {
    if (!keep) await removeStopped(operation.env, operation.state, operation.paths);
    return status;
  } catch (error) {
    throw await operation.undo.fail(error);
  }
}
