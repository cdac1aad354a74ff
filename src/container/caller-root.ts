// The mounts of a container in the mount namespace of the caller, which do not go with its processes.

import { RuntimeError } from '../error/error.ts';
import { type CallerRoot, unbindRoot } from '../host/caller-root.ts';
import { mountsAtCaller } from '../namespace/asked.ts';
import type { Config } from '../spec/config.ts';
import type { Environment } from './environment.ts';

/** Takes them off, once no process is left; warns of what stays. */
export async function removeCallerRoot(
  env: Environment,
  { callerRoot }: { readonly callerRoot?: CallerRoot },
): Promise<void> {
  if (callerRoot === undefined) return;
  const stays = await unbindRoot(callerRoot);
  if (stays !== null) await env.log('warning', stays);
}

/** CRIU would take every mount of the host for one of the container. Throws NOT_SUPPORTED. */
export function demandOwnMounts(operation: string, config: Config): void {
  if (!mountsAtCaller(config)) return;
  const from = '/linux/namespaces';
  throw new RuntimeError(
    'NOT_SUPPORTED',
    `${from}: ${operation} needs a container with a mount namespace; add {"type": "mount"}`,
    { ref: from },
  );
}
