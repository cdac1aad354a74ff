// Steps of the stages before the container process, of the joiner and of the builder (protocol.ts).

import type { Shape } from './operand-kinds.ts';

export const stageShapes = {
  // --- prepare stage
  /** Closes the fds that are not preserved, and makes room for slots. */
  arrange: { preserved: 'u32', slots: 'u32' },
  /** Opens a namespace that is to be joined. type: its CLONE_NEW* flag, which is checked. */
  openNamespace: { slot: 'slot', path: 'str', type: 'u32' },
  /** Opens a file of a cgroup of the host to write a pid to: the credentials that count are those of the opening. */
  openCgroup: { slot: 'slot', path: 'str' },
  /** Checks that the namespace of a slot is not the host's; path is for messages. */
  demandOther: { slot: 'slot', path: 'str' },
  /** Makes and opens the two fifos on the host. */
  fifos: { start: 'str', result: 'str', startSlot: 'slot', resultSlot: 'slot' },
  /** Connects to an AF_UNIX stream socket of the caller's. */
  connectSocket: { slot: 'slot', path: 'str' },
  /** Opens a directory of the host. */
  openDirectory: { slot: 'slot', path: 'str' },
  /** Opens a file of the host to add to, made where missing. */
  openLog: { slot: 'slot', path: 'str' },
  /** A private copy of the host's mounts, all slaves: what is opened here gets nothing back to the host. */
  slaveMounts: {},
  /** Makes a device node with ids of the host, in a file system of its own, and opens it as a detached mount. */
  openNode: { slot: 'slot', type: 'u32', major: 'u32', minor: 'u32', mode: 'u32', uid: 'u32', gid: 'u32' },
  /** Opens a device node of the host as a detached mount: who has no right to make one needs the same one there. */
  openDevice: { slot: 'slot', path: 'str', type: 'u32', major: 'u32', minor: 'u32' },
  /** Puts the sealed init into a slot, and becomes another program (found in PATH). */
  become: { slot: 'slot', argv: 'strs' },
  /** Takes the ids that set the container up in its user namespace; without other groups unless keepGroups says so, as in `user`. */
  becomeSetupUser: { uid: 'u32', gid: 'u32', keepGroups: 'u32' },
  // --- outer init
  /**
   * First of every stage. debug: report every step with a RAN record. foreground: the outer init stays, relays signals
   * and passes the status of the container process on. startSlot and resultSlot: where the fifos are, if there are any.
   */
  setup: { debug: 'flag', foreground: 'flag', startSlot: 'slot?', resultSlot: 'slot?' },
  /** A new time namespace for the container process. offsets: lines for /proc/self/timens_offsets, or empty. */
  newTimeNamespace: { offsets: 'str' },
  /** cgroup v2: attaches an eBPF program, two words an instruction, to a directory of the host. */
  deviceFilter: { cgroup: 'str', program: 'u32s' },
  /** Foreground: relays the terminal of the caller to that of the process, which comes through a slot. */
  relay: { slot: 'slot' },
  /**
   * Clones the container process, into a cgroup v2 directory of the host when not empty. pidfdSlot: the socket that its
   * pidfd is sent to.
   */
  clone: { cgroup: 'str', pidfdSlot: 'slot?' },
  /**
   * Clones the joiner in the same way, and follows the container process that the joiner clones. A limit of processes may
   * leave no room for both, while nothing keeps a process that exists from a cgroup (cgroups(7)): then the joiner stays
   * out of a v2 cgroup, or moves to the v1 `tasks` file retreat, when there is one, and reports CROWDED.
   */
  cloneJoiner: { cgroup: 'str', retreat: 'str', pidfdSlot: 'slot?' },
  /** Clones a joiner whose container process will be parked. The outer init goes on to `cloneBuilder`. */
  cloneParked: {},
  /** Clones the builder, into a cgroup v2 directory of the host when not empty, and follows the parked process. */
  cloneBuilder: { cgroup: 'str', pidfdSlot: 'slot?' },
  /** A place for a mount in the root file system; like: a host path that is mounted there, or empty for a directory. */
  target: { path: 'str', like: 'str' },
  /**
   * Has CRIU restore a process from a directory of images, as a child of the outer init. Reports PID when its namespaces are
   * there, waits for a byte, and reports READY when it runs. options: criu_opts. terminalSlot: the socket that the terminal
   * of the process is sent to.
   */
  restore: { options: 'bytes', images: 'str', work: 'str', terminalSlot: 'slot?' },
  // --- joiner
  /** A mount namespace with an empty file system, and nothing else. */
  emptyRoot: {},
  /** Closes every fd of the host, and clones the container process as a child of the outer init. The joiner ends. */
  cloneJoined: {},
  // --- builder
  /** Joins a cgroup through its open file: v1 `tasks`, v2 `cgroup.procs`. */
  joinOpened: { slot: 'slot' },
  /**
   * Gives the parked container process the mount namespace, the cgroup namespace and the terminal of
   * the builder, which ends. What follows is run by the container process.
   */
  handOver: { cgroup: 'flag', terminal: 'flag' },
} as const satisfies Record<string, Shape>;
