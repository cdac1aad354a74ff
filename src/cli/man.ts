import { manPage } from './man-page.ts';
import type { Handler } from './table.ts';

export const handler: Handler = async ({ positionals, tables, print }) => {
  print(manPage(positionals[0] ?? null, tables));
  return 0;
};
