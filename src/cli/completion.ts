import { completionFor } from './completion-scripts.ts';
import type { Handler } from './table.ts';

export const handler: Handler = async ({ positionals, tables, print }) => {
  print(completionFor(positionals[0] ?? '', tables));
  return 0;
};
