import { completionFor } from './completion-scripts.ts';
import type { Handler } from './table.ts';

export const handler: Handler = async ({ positionals, print }) => {
  print(completionFor(positionals[0] ?? ''));
  return 0;
};
