// Callers without root: how to become one, and the config of their containers.

import { rootlessExample } from '../../src/spec/example.ts';
import { type Result, runProgram } from './runtime.ts';
import type { AnyConfig } from './sandbox.ts';

/** The beginning of a command line that goes on as a user, with a group of the same number and other ones. */
export function asUser(uid: number, ...groups: readonly number[]): string[] {
  const list = [uid, ...groups].join(',');
  return ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, `--groups=${list}`, '--'];
}

/** Runs a program as a user. Its output is kept in a folder while it runs. */
export function runAs(uid: number, program: readonly string[], folder: string): Promise<Result> {
  const [become = '', ...args] = [...asUser(uid), ...program];
  return runProgram(become, args, { folder });
}

/** Makes a config what `spec --rootless` would have written for a user, with a shell script as the program. */
export function makeRootless(config: AnyConfig, uid: number, script: string): void {
  Object.assign(config, rootlessExample(false, uid, uid));
  config.process.terminal = false;
  config.process.args = ['/bin/sh', '-c', script];
}
