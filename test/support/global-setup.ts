// Before the kernel tests: what they need is there, and nothing of an earlier run that was killed is left.

import { accessSync, constants } from 'node:fs';
import { makeHostFitForCrun } from './crun-host.ts';
import { sweep } from './leftovers.ts';
import { runtimePath } from './runtime.ts';

export default function setup(): () => void {
  if (process.geteuid?.() !== 0) throw new Error('the kernel tests need root: run "sudo scripts/test"');
  accessSync(runtimePath, constants.X_OK);
  sweep();
  return makeHostFitForCrun();
}
