import { kill } from '../container/kill.ts';
import { eachId } from '../container/list.ts';
import type { Handler } from './table.ts';

export const handler: Handler = async ({ env, options, positionals }) => {
  const [pattern = '', signal = 'TERM'] = positionals;
  const all = options.flag('all');
  for (const id of eachId(env, pattern, options.flag('regex'))) await kill(env, { id, signal, all });
  return 0;
};
