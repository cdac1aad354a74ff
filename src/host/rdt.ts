// Intel RDT on the host: makes classes and groups, and removes them.

import { RuntimeError } from '../error/error.ts';
import { hasSchemata, type RdtStep } from '../rdt/rdt.ts';
import { attempt } from './attempt.ts';
import { makeDirectory, removeDirectory, writeInto } from './file-changes.ts';
import { exists, readText, readTextIfThere } from './files.ts';

/** `made` hears of each directory as soon as it is there. Throws SYSTEM, or INVALID_CONFIG for a class that is another one. */
export function runRdtStep(step: RdtStep, made: (path: string) => void): void {
  const { from, path } = step;
  const make = () => {
    const there = !attempt(from, `${from}: make "${path}"`, () => makeDirectory(path, 0o755));
    if (!there) made(path);
    return there;
  };
  if (step.op === 'rdtMonitor') {
    if (make()) throw taken(from, path);
    return;
  }
  if (!step.make && !exists(path)) {
    const message = `${from}: "${path}" is not there, and without a schema it is not made: no such file or directory (ENOENT)`;
    throw new RuntimeError('SYSTEM', message, { ref: from });
  }
  const there = step.make ? make() : true;
  if (!there) writeSchemata(from, path, step.schemata);
  else if (!hasSchemata(readText(`${path}/schemata`), step.schemata))
    throw new RuntimeError(
      'INVALID_CONFIG',
      `${from}: the schemata of "${path}", which is there already, are others; ask for the same, or name another class`,
      { ref: from },
    );
}

function taken(from: string, path: string): RuntimeError {
  return new RuntimeError('SYSTEM', `${from}: make "${path}": file exists (EEXIST)`, { ref: from });
}

/** Throws SYSTEM with what the kernel says of the lines. */
export function writeSchemata(from: string, path: string, lines: readonly string[]): void {
  if (lines.length === 0) return;
  const text = lines.join('\n');
  try {
    attempt(from, `${from}: write "${text.replaceAll('\n', ', ')}" to "${path}/schemata"`, () =>
      writeInto(`${path}/schemata`, `${text}\n`),
    );
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    const why = readTextIfThere('/sys/fs/resctrl/info/last_cmd_status')?.trim() ?? '';
    throw new RuntimeError(error.code, why === '' ? error.message : `${error.message}: ${why}`, {
      ref: from,
    });
  }
}

/** Removes what was made, deepest first; processes that are left go to the class above. */
export function removeRdt(directories: readonly string[]): void {
  for (const directory of directories) removeDirectory(directory);
}
