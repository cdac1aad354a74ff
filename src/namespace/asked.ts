// Which namespaces a config asks for (config-linux.md#namespaces).

import type { Config } from '../spec/config.ts';
import type { NamespaceType } from '../spec/linux.ts';

/** The entry of a type; undefined when the container shares the runtime's namespace. */
export function namespaceOf({ linux }: Config, type: NamespaceType) {
  return linux?.namespaces?.find((namespace) => namespace.type === type);
}

/** Whether the container gets a namespace of a type that nobody else is in. */
export function isNew(config: Config, type: NamespaceType): boolean {
  const namespace = namespaceOf(config, type);
  return namespace !== undefined && namespace.path === undefined;
}

/** Whether the mounts of the container are made in the mount namespace of the caller. */
export function mountsAtCaller(config: Config): boolean {
  return namespaceOf(config, 'mount') === undefined;
}

/** Whether there are others in the pid namespace of the container: its process is parked while its root is made. */
export function isParked(config: Config): boolean {
  return namespaceOf(config, 'pid')?.path !== undefined;
}
