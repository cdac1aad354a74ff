import { pause } from '../container/pause.ts';
import type { Handler } from './table.ts';

export const handler: Handler = async ({ env, positionals }) => {
  await pause(env, { id: positionals[0] ?? '' });
  return 0;
};
