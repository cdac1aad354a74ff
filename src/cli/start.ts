import { start } from '../container/start.ts';
import type { Handler } from './table.ts';

export const handler: Handler = async ({ env, positionals }) => {
  await start(env, { id: positionals[0] ?? '' });
  return 0;
};
