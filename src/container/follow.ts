// Signals of a foreground command: they end what is still being set up, and afterwards are for the program.

import type { InitProcess } from '../host/init-process.ts';
import { type Following, followSignals } from '../host/signal.ts';
import type { UndoStack } from './undo.ts';

/** Has signals interrupt the conversation with the init, until the command fails or the caller releases them. */
export function follow({ identity, channel }: InitProcess, terminal: boolean, undo: UndoStack): Following {
  const following = followSignals(identity, terminal);
  channel.interruptBy(following.interruption);
  undo.add(following.release);
  return following;
}
