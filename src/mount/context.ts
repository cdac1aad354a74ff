// What the steps of a mount depend on beside the mount.

import type { HostFacts } from '../spec/host-facts.ts';
import type { IdMaps } from '../spec/mounts.ts';

export type MountContext = {
  /** Absolute path of the bundle: a relative source of a bind is below it. */
  readonly bundle: string;
  readonly facts: HostFacts;
  /** Absolute path of the root file system. */
  readonly rootfs: string;
  /** Destinations of the mounts before this one. */
  readonly earlier: readonly string[];
  /** The container's cgroup below the root of every hierarchy. */
  readonly cgroupPath: string;
  readonly newCgroupNamespace: boolean;
  /** Whether the container is in a user namespace, new or joined. */
  readonly userNamespace: boolean;
  /** Option that labels new file systems, such as `context=LABEL`; empty without a label. */
  readonly labelOption: string;
  /** Of the container's user namespace: what an id-mapped mount without maps of its own takes. */
  readonly idMaps: { readonly uids: IdMaps; readonly gids: IdMaps };
};
