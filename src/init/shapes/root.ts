// Steps of the container process about namespaces, mounts and devices: up to its root file system.

import type { Shape } from './operand-kinds.ts';

export const rootShapes = {
  // --- container process
  /** Joins the namespace that waits in a slot. */
  enterNamespace: { slot: 'slot' },
  /** Joins a cgroup: path of its v1 `tasks` file on the host. */
  joinCgroup: { tasks: 'str' },
  /** Opens a file of /proc/thread-self/attr, on the host's procfs, into a slot. */
  openAttribute: { slot: 'slot', name: 'str' },
  unshareCgroup: {},
  /** The session keyring of a name, made where there is none. permission: added to what it permits (keyctl(2)); 0: nothing is. */
  joinKeyring: { name: 'str', permission: 'u32' },
  loopbackUp: {},
  /** Propagation (MS_* flags) of every mount of the new mount namespace. */
  rootPropagation: { flags: 'u64' },
  /** Makes the mount that holds a path private: pivot_root(2) refuses a root below a shared one. */
  privateParent: { path: 'str' },
  /** The root file system is a directory that is there: "/" of a mount namespace that was joined, or a mount that slipway made. */
  openRoot: { path: 'str' },
  /** Mounts the tree of a slot on its own path, as the container's root. */
  attachRootfs: { slot: 'slot', path: 'str' },
  /**
   * Mounts a new file system. options: "key" or "key=value" for fsconfig(2). attributes: MOUNT_ATTR_*. propagation:
   * MS_* flags. strict: no symbolic link may be on the way to the target (proc, sysfs). keepMode: the directory
   * below it gives its mode; copyUp: and its contents.
   */
  mount: {
    source: 'str',
    target: 'str',
    type: 'str',
    options: 'strs',
    attributes: 'u64',
    propagation: 'u32s',
    strict: 'flag',
    keepMode: 'flag',
    copyUp: 'flag',
  },
  /** What only mount(2) can do: remount, and flags that fsconfig(2) does not know. flags: MS_*. */
  mountFlags: {
    source: 'str',
    target: 'str',
    type: 'str',
    flags: 'u64',
    options: 'str',
    propagation: 'u32s',
  },
  /**
   * Opens a host file or directory into a slot, as a detached mount. MOUNT_ATTR_* to set and clear, on the mount and
   * with AT_RECURSIVE. uids and gids: an id map as triples of containerID, hostID and size; mapRecursive: on mounts
   * below too. refused: attributes that the source must not have where they are locked. inside: source is a path of the
   * rootfs. link: what becomes of a source that is a symbolic link; 0: it is followed, 1: it is mounted itself, 2: it is opened
   * to be copied. target is for messages.
   */
  openTree: {
    slot: 'slot',
    source: 'str',
    target: 'str',
    recursive: 'flag',
    inside: 'flag',
    link: 'u32',
    set: 'u64',
    clear: 'u64',
    refused: 'u64',
    recursiveSet: 'u64',
    recursiveClear: 'u64',
    uids: 'u32s',
    gids: 'u32s',
    mapRecursive: 'flag',
  },
  /**
   * Mounts the tree of a slot at a path of the rootfs, which is made where missing. onLink: on a symbolic link that is there, not
   * where it leads. copyLink: what is a symbolic link is made anew. byName: as of `device`.
   */
  attachTree: {
    slot: 'slot',
    target: 'str',
    onLink: 'flag',
    copyLink: 'flag',
    propagation: 'u32s',
    byName: 'flag',
  },
  /** Changes MOUNT_ATTR_* of what is mounted at a path of the rootfs. */
  setAttributes: { target: 'str', set: 'u64', clear: 'u64' },
  /** Makes a symbolic link, but not in a bind; force: in place of a file that is there. */
  symlink: { path: 'str', target: 'str', force: 'flag' },
  /**
   * Makes a device node or fifo; type is S_IFCHR, S_IFBLK or S_IFIFO. One that exists must be the same. byName: config.json
   * asks for it; else nothing is made in a bind.
   */
  device: {
    path: 'str',
    type: 'u32',
    major: 'u32',
    minor: 'u32',
    mode: 'u32',
    uid: 'u32',
    gid: 'u32',
    byName: 'flag',
  },
  /** Reports SYNC; the steps that follow come later. */
  sync: {},
  /**
   * Runs a hook with the state on its stdin: JSON before and after the pid of the container process. timeout: seconds,
   * 0 for none. inRootfs: the working directory is the root file system. stdoutSlot and stderrSlot: files that what
   * it prints is added to. kind and index are for messages.
   */
  hook: {
    kind: 'str',
    index: 'u32',
    path: 'str',
    args: 'strs',
    env: 'strs',
    timeout: 'u32',
    beforePid: 'str',
    afterPid: 'str',
    inRootfs: 'flag',
    stdoutSlot: 'slot?',
    stderrSlot: 'slot?',
  },
  pivotRoot: {},
  /** In place of pivotRoot (--no-pivot): MS_MOVE and chroot. */
  moveRoot: {},
  /** In place of pivotRoot, in the mount namespace of the caller: chroot(2) to the directory of a slot, or without one to the root file system. */
  changeRoot: { slot: 'slot?' },
  /** Makes a terminal stdio, and sends its master to the socket of a slot. width and height: 0 for any. */
  terminal: { slot: 'slot', width: 'u32', height: 'u32' },
  /** Makes that terminal the controlling one of the session. */
  controllingTerminal: {},
  /** Where stdio is the null device it becomes the container's. */
  stdioNull: {},
  /** Mounts that terminal on /dev/console. */
  console: {},
} as const satisfies Record<string, Shape>;
