// A failure takes back what an operation did.

import type { Operation } from './operation.ts';

/** Returns what `work` returns. `explain` adds what a person needs to know beside the failure. */
export async function orTakeBack<T>(
  { init, undo }: Pick<Operation, 'init' | 'undo'>,
  work: () => Promise<T>,
  explain: (error: unknown) => unknown = (error) => error,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // The outer init and the container process end at the end of file.
    init.channel.close();
    throw await undo.fail(explain(error));
  }
}
