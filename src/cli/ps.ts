import { processes } from '../container/processes.ts';
import { listProcesses } from '../host/ps.ts';
import type { Handler } from './table.ts';

export const handler: Handler = async ({ env, options, positionals, print }) => {
  const [id = '', ...args] = positionals;
  const pids = await processes(env, { id });
  // An empty list is null, as runc writes it.
  if (options.text('format') === 'json') print(`${pids.length === 0 ? 'null' : JSON.stringify(pids)}\n`);
  else print(await listProcesses(pids, args));
  return 0;
};
