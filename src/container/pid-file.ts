// The file that tells an engine the pid of a process (--pid-file).

import { attempt } from '../host/attempt.ts';
import { removeFile, writeAtomically } from '../host/files.ts';
import type { ProcessIdentity } from '../host/process.ts';
import type { UndoStack } from './undo.ts';

export function writePidFile(path: string, { pid }: ProcessIdentity, undo: UndoStack): void {
  attempt(path, `--pid-file: write "${path}"`, () => writeAtomically(path, String(pid), 0o644));
  undo.add(() => removeFile(path));
}
