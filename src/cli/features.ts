import { features } from '../plan/features.ts';
import { version } from '../version.ts';
import type { Handler } from './table.ts';

export const handler: Handler = async ({ print }) => {
  print(`${JSON.stringify(features(version), null, 2)}\n`);
  return 0;
};
