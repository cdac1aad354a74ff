import { kill } from '../container/kill.ts';
import type { Handler } from './table.ts';

export const handler: Handler = async ({ env, options, positionals }) => {
  await kill(env, { id: positionals[0] ?? '', signal: positionals[1] ?? 'TERM', all: options.flag('all') });
  return 0;
};
