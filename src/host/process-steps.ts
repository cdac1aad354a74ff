// Steps on the host about a process that exists.

import { RuntimeError } from '../error/error.ts';
import type { ProcessStep } from '../plan/host-step.ts';
import { attempt } from './attempt.ts';
import { writeInto } from './file-changes.ts';
import { readText } from './files.ts';
import { moveNetDevice } from './net-device.ts';
import { runProgram } from './program.ts';
import { giveStdio } from './stdio.ts';

/** Returns what takes the step back, when the end of the process does not. */
export async function runProcessStep(pid: number, step: ProcessStep): Promise<(() => Promise<void>) | null> {
  switch (step.op) {
    case 'oomScoreAdj':
      write(step.from, `/proc/${pid}/oom_score_adj`, String(step.value));
      break;
    case 'giveStdio':
      giveStdio(step.from, step.uid);
      break;
    case 'joinCgroup':
      write(step.from, step.procs, String(pid));
      break;
    case 'writeIdMap':
      write(step.from, `/proc/${pid}/${step.file}`, step.text);
      break;
    case 'denySetgroups':
      write(step.from, `/proc/${pid}/setgroups`, 'deny');
      break;
    case 'runIdMapTool':
      await runIdMapTool(pid, step);
      break;
    case 'rdtJoin':
      write(step.from, step.tasks, String(pid));
      break;
    case 'netDevice':
      return moveNetDevice(pid, step);
    case 'checkIdMap':
      demandSameMap(step.from, `/proc/${pid}/${step.file}`, step.text);
      break;
  }
  return null;
}

async function runIdMapTool(
  pid: number,
  { from, tool, args }: ProcessStep & { op: 'runIdMapTool' },
): Promise<void> {
  const { failure, code } = await runProgram(tool, [String(pid), ...args]);
  if (failure === null) return;
  const missing = code === 'ENOENT';
  const why = missing
    ? 'not found, and without root only it may map more than your own id: install uidmap, or map only that'
    : failure;
  throw new RuntimeError(missing ? 'NOT_SUPPORTED' : 'SYSTEM', `${from}: ${tool}: ${why}`, { ref: from });
}

function demandSameMap(from: string, path: string, text: string): void {
  const found = attempt(from, `${from}: read "${path}"`, () => readText(path));
  if (normal(found) === normal(text)) return;
  throw new RuntimeError(
    'INVALID_CONFIG',
    `${from}: differs from the map of the user namespace that is joined (${normal(found).replaceAll('\n', ', ')}); leave it out, or repeat that`,
    { ref: from },
  );
}

function write(from: string, path: string, text: string): void {
  attempt(from, `${from}: write "${text.trim().replaceAll('\n', ', ')}" to "${path}"`, () =>
    writeInto(path, text),
  );
}

/** Lines in one order, with single spaces. */
function normal(map: string): string {
  return map
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).join(' '))
    .toSorted()
    .join('\n');
}
