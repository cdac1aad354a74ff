// run: create and start in one; in the foreground it waits, passes signals on, and deletes.

import { dismissInit } from '../host/init-process.ts';
import { createContainer } from './create.ts';
import type { Environment } from './environment.ts';
import type { Operation } from './operation.ts';
import type { CreateRequest } from './plan-creation.ts';
import { untilEnd } from './wait.ts';

export type RunRequest = CreateRequest & {
  readonly detach: boolean;
  /** Leave state and cgroups behind after the end. */
  readonly keep: boolean;
};

/** Returns the status of the process, 128+n when a signal ended it; 0 when detached. */
export async function run(env: Environment, request: RunRequest): Promise<number> {
  const operation = await createContainer(env, request, request.detach ? 'detached' : 'foreground');
  try {
    return request.detach ? await whenReady(operation) : await untilEnd(operation, request);
  } finally {
    operation.notifier?.stop();
    dismissInit();
    operation.following?.release();
  }
}

/** Once the program says that it is ready, where a service manager wants to know. */
async function whenReady({ notifier }: Operation): Promise<number> {
  await notifier?.ended;
  return 0;
}
