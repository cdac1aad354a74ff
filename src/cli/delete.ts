import { deleteContainer } from '../container/delete.ts';
import { eachId } from '../container/list.ts';
import type { Handler } from './table.ts';

export const handler: Handler = async ({ env, options, positionals }) => {
  const force = options.flag('force');
  for (const id of eachId(env, positionals[0] ?? '', options.flag('regex')))
    await deleteContainer(env, { id, force });
  return 0;
};
