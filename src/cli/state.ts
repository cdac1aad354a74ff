import { state } from '../container/list.ts';
import type { Handler } from './table.ts';

export const handler: Handler = async ({ env, positionals, print }) => {
  print(await state(env, { id: positionals[0] ?? '' }));
  return 0;
};
