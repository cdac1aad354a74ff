import { deleteContainer } from '../container/delete.ts';
import type { Handler } from './table.ts';

export const handler: Handler = async ({ env, options, positionals }) => {
  await deleteContainer(env, { id: positionals[0] ?? '', force: options.flag('force') });
  return 0;
};
