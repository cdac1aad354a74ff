// Whether the program of a container is ready, for the service manager that started slipway.

import { exists } from '../host/files.ts';
import type { ProcessIdentity } from '../host/process.ts';
import { listenForReadiness, managerSocket, type Notifier } from '../host/service-manager.ts';
import { notifySocketName } from '../plan/inherited.ts';
import type { ContainerPaths } from '../store/store.ts';

/** Before the program is started. Null when nobody wants to know, or the container was created without a socket for it. */
export async function followReadiness(
  { notify }: ContainerPaths,
  init: ProcessIdentity,
): Promise<Notifier | null> {
  const manager = managerSocket();
  if (manager === null || !exists(notify)) return null;
  return await listenForReadiness(`${notify}/${notifySocketName}`, manager, init);
}
