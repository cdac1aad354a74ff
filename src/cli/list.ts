import { list } from '../container/list.ts';
import { formatTable } from './format-table.ts';
import type { Handler } from './table.ts';

const columns = ['id', 'pid', 'status', 'bundle', 'created', 'owner'] as const;

export const handler: Handler = async ({ env, options, print }) => {
  const found = await list(env);
  if (options.flag('quiet')) {
    for (const { id } of found) print(`${id}\n`);
  } else if (options.text('format') === 'json') {
    print(`${found.length === 0 ? 'null' : JSON.stringify(found)}\n`);
  } else {
    const rows = found.map((state) => columns.map((column) => String(state[column])));
    print(formatTable([columns.map((column) => column.toUpperCase()), ...rows]));
  }
  return 0;
};
