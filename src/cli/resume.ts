import { resume } from '../container/pause.ts';
import type { Handler } from './table.ts';

export const handler: Handler = async ({ env, positionals }) => {
  await resume(env, { id: positionals[0] ?? '' });
  return 0;
};
