import { seccompHere } from '../container/seccomp.ts';
import { features } from '../plan/features.ts';
import { version } from '../version.ts';
import type { Handler } from './table.ts';

export const handler: Handler = async ({ print }) => {
  print(`${JSON.stringify(features(version, await seccompHere()), null, 2)}\n`);
  return 0;
};
