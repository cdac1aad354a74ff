// Undo stack: an operation adds an undo after each acquisition; a failure runs them in reverse.

import { RuntimeError } from '../error/error.ts';

export class UndoStack {
  readonly #undos: (() => void | Promise<void>)[] = [];

  add(undo: () => void | Promise<void>): void {
    this.#undos.push(undo);
  }

  /** Runs all, newest first, and only once. Returns the cause, with what failed on the way attached to it. */
  async fail(cause: unknown): Promise<unknown> {
    const failures: string[] = [];
    for (const undo of this.#undos.splice(0).toReversed()) {
      try {
        await undo();
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error));
      }
    }
    if (failures.length === 0) return cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    return new RuntimeError(
      cause instanceof RuntimeError ? cause.code : 'SYSTEM',
      `${message} (and cleaning up failed: ${failures.join('; ')})`,
      { cause },
    );
  }
}
