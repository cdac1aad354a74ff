import { manPage } from './man-page.ts';
import type { Handler } from './table.ts';

export const handler: Handler = async ({ positionals, print }) => {
  print(manPage(positionals[0] ?? null));
  return 0;
};
