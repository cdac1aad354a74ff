// ps(1) for some processes of the host.

import { errnoText } from '../error/errno.ts';
import { RuntimeError } from '../error/error.ts';
import { loadExeca } from './execa.ts';

/** The lines of `ps ARGS`, by default `ps -ef`, that are about these pids, below its heading. Throws SYSTEM. */
export async function listProcesses(pids: readonly number[], args: readonly string[]): Promise<string> {
  const execa = await loadExeca();
  const { code, exitCode, stdout, stderr } = await execa('ps', args.length === 0 ? ['-ef'] : args, {
    stdin: 'ignore',
    reject: false,
  });
  if (exitCode !== 0) {
    const why = exitCode === undefined ? errnoText(code) : stderr.trim().split('\n').join('; ');
    throw new RuntimeError('SYSTEM', `ps: ${why}`);
  }
  const [heading = '', ...lines] = stdout.split('\n');
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
