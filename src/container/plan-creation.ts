// The plan of `create` and `run`, from what their caller asks for; `plan` prints it.

import { inheritedFds } from '../host/launch.ts';
import { listenFds, managerSocket } from '../host/service-manager.ts';
import { makePlan } from '../plan/make-plan.ts';
import type { PlanOptions } from '../plan/plan.ts';
import type { ContainerId } from '../store/id.ts';
import type { ContainerPaths } from '../store/store.ts';
import { type PlannedBundle, planBundle } from './bundle.ts';
import type { Environment } from './environment.ts';
import { newKeyringName } from './keyring.ts';
import type { ImageRequest } from './make-bundle.ts';

export type CreateRequest = {
  readonly id: string;
  /** Its directory; or the image of which one is made below the state directory, which goes with the container. */
  readonly bundle: string | ImageRequest;
  /** In place of config.json in the bundle. */
  readonly configFile: string | null;
  readonly pidFile: string | null;
  /** How many fds from 3 on the container inherits. */
  readonly preserveFds: number;
  /** Where the terminal goes of a container that is detached. */
  readonly consoleSocket: string | null;
  readonly pidfdSocket: string | null;
  readonly noPivot: boolean;
  readonly noNewKeyring: boolean;
};

export type CreationOptions = {
  readonly id: ContainerId;
  readonly paths: ContainerPaths;
  /** Absolute path on the host. */
  readonly bundle: string;
  readonly request: Omit<CreateRequest, 'bundle'>;
  readonly kind: PlanOptions['start']['kind'];
  /** slipway unpacked the bundle. */
  readonly unpacked: boolean;
};

export type PlannedCreation = PlannedBundle & {
  /** Name of the new session keyring; null: none is made. */
  readonly keyring: string | null;
};

/** Throws INVALID_CONFIG with every problem on one line. */
export async function planCreation(
  env: Environment,
  { id, paths, bundle, request, kind, unpacked }: CreationOptions,
): Promise<PlannedCreation> {
  const keyring = request.noNewKeyring ? null : newKeyringName(id);
  const sockets = listenFds();
  const preserved = inheritedFds(request.preserveFds, sockets.count);
  const start = kind === 'fifos' ? { kind, start: paths.startFifo, result: paths.resultFifo } : { kind };
  const notifyDirectory = managerSocket() === null ? null : paths.notify;
  const { folder } = paths;
  const { debug } = env;
  const options = {
    ...request,
    keyring,
    preserved,
    id,
    folder,
    bundle,
    unpacked,
    notifyDirectory,
    start,
    debug,
  };
  const planned = await planBundle(env, options, makePlan, {
    inherited: { environment: sockets.environment, notifyDirectory },
    configFile: request.configFile,
  });
  return { ...planned, keyring };
}
