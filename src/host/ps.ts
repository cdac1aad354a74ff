// ps(1) for some processes of the host.

import { RuntimeError } from '../error/error.ts';
import { runProgram } from './program.ts';

/** The lines of `ps ARGS`, by default `ps -ef`, that are about these pids, below its heading. Throws SYSTEM. */
export async function listProcesses(pids: readonly number[], args: readonly string[]): Promise<string> {
  const { failure, output } = await runProgram('ps', args.length === 0 ? ['-ef'] : args);
  if (failure !== null) throw new RuntimeError('SYSTEM', `ps: ${failure}`);
  const [heading = '', ...lines] = output.split('\n');
  // Numbers end where their heading does; columns are not counted, because a name may hold spaces.
  const edge = /(?<=^|\s)PID(?=\s|$)/.exec(heading)?.index;
  if (edge === undefined)
    throw new RuntimeError('USAGE', "couldn't find PID field in ps output: leave PID among the columns");
  const wanted = new Set(pids.map(String));
  const chosen = lines.filter((line) =>
    wanted.has(/(\d+)$/.exec(line.slice(0, edge + 'PID'.length))?.[1] ?? ''),
  );
  return [heading, ...chosen].map((line) => `${line}\n`).join('');
}
