// A new user namespace whose ids are others on the host: Sandbox.giveRootfs gives its root the root file system.

import type { AnyConfig } from './sandbox.ts';

export function inUserNamespace(config: AnyConfig): void {
  config.linux.namespaces.push({ type: 'user' });
  config.linux.uidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
  config.linux.gidMappings = [{ containerID: 0, hostID: 200_000, size: 65_536 }];
}
