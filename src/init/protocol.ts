// Everything that goes over the control socket between slipway and slipway-init, declared once. The C header is generated
// from this file (scripts/generate-header.ts) whenever the init is built. The scripts in plan/ follow this order; script.test.ts holds
// its rules.
//
//   slipway                          outer init                       container process
//     [the launcher starts it ──────▶ while the JavaScript engine starts]
//                              ◀──── HELLO (the protocol)
//     prepare steps ────────────────▶ runs them in the host's namespaces, becomes nsenter/unshare/init
//     [                        ◀──── HELLO, as the first process of a new user namespace
//     id maps, user steps ──────────▶ becomes its root, then unshare/init, for the other namespaces]
//     makes state and cgroups
//                              ◀──── HELLO
//     outer steps, clone ───────────▶ runs them, clones ────────────▶
//                              ◀──── PID; then exits, or waits (foreground)
//     [joiner steps ────────────────▶ its first child, the joiner, runs them, and clones ─────▶]
//     container steps before `waitStart` ───────────────────────────▶ runs each as it arrives
//     saves the pid
//                              ◀──────────────────────────────────── [SYNC at `sync`
//     prestart, createRuntime hooks
//     the other container steps ────────────────────────────────────▶ createContainer hooks, pivot_root, …]
//                                                                     at `waitStart` keeps what follows it
//                              ◀──────────────────────────────────── READY
//     `start`: a byte into the start fifo; `run`: a byte here ──────▶ runs what follows, execve
//                              ◀──────────────────────────────────── EXEC just before execve, then end of file
//
// End of file before the byte means that slipway died: the container process ends. Whatever fails is one FAILED record
// (step, errno, text) and the end of that process. `create` closes the socket after READY; from then on records go to
// the result fifo.
//
// A container may see every process of a pid namespace that it is in. A process that goes to one that exists has no root,
// working directory, memory or fd of the host, at no moment: the joiner clones it, which itself stays in the pid
// namespace of the host.
//
//   exec: the joiner enters the container's cgroups and all its other namespaces, and has its root; then it clones.
//   create, with the pid namespace of another container: the joiner has an empty mount namespace, and clones. The container
//   process is parked there, while the builder, a second child of the outer init, runs the container steps up to `handOver`:
//   hooks, mounts, pivot_root, terminal. It then hands over the mount namespace, which has nothing of the host any more.
//
// The joiner of exec enters the container's user namespace by itself and not through nsenter(1): an execve(2) in there would
// make its memory belong to that namespace, and so let CAP_SYS_PTRACE of the container reach it (ptrace(2)).
//
// The prepare stage opens what is needed later: namespaces that are joined and, where the host's credentials will be gone
// by then, mounts. All of it waits in slots: numbered places for fds, from 1, that outlive the way through nsenter and
// unshare. What is in brackets happens only sometimes.
//
// fds of the init until the outer init: 0 and 1 of the caller, the control socket, stderr of the caller, the status pipe,
// the preserved fds, the slots. The status pipe takes the status of a foreground container (u32).

/**
 * Operand kinds. `bytes`, `str` and `name` carry a u32 length, and the last two a NUL at their end that the length leaves out; a
 * `name` is the bytes of a path, which need not be UTF-8. Lists carry a u32 count.
 */
export type OperandKind = 'u32' | 'u64' | 'bytes' | 'str' | 'name' | 'u32s' | 'strs';

/** Every step that the init can run: its operands, in wire order. The position is its number on the wire, from 1. */
export const stepShapes = {
  // --- prepare stage
  /** Closes the fds that are not preserved, and makes room for slots. */
  arrange: { preserved: 'u32', slots: 'u32' },
  /** Opens a namespace that is to be joined. type: its CLONE_NEW* flag, which is checked. */
  openNamespace: { slot: 'u32', path: 'str', type: 'u32' },
  /** Opens a file of a cgroup of the host to write a pid to: the credentials that count are those of the opening. */
  openCgroup: { slot: 'u32', path: 'str' },
  /** Checks that the namespace of a slot is not the host's; path is for messages. */
  demandOther: { slot: 'u32', path: 'str' },
  /** Makes and opens the two fifos on the host. */
  fifos: { start: 'str', result: 'str', startSlot: 'u32', resultSlot: 'u32' },
  /** Connects to an AF_UNIX stream socket of the caller's. */
  connectSocket: { slot: 'u32', path: 'str' },
  /** Opens a directory of the host. */
  openDirectory: { slot: 'u32', path: 'str' },
  /** Opens a file of the host to add to, made where missing. */
  openLog: { slot: 'u32', path: 'str' },
  /** A private copy of the host's mounts, all slaves: what is opened here gets nothing back to the host. */
  slaveMounts: {},
  /** Makes a device node with ids of the host, in a file system of its own, and opens it as a detached mount. */
  openNode: { slot: 'u32', type: 'u32', major: 'u32', minor: 'u32', mode: 'u32', uid: 'u32', gid: 'u32' },
  /** Opens a device node of the host as a detached mount: who has no right to make one needs the same one there. */
  openDevice: { slot: 'u32', path: 'str', type: 'u32', major: 'u32', minor: 'u32' },
  /** Puts the sealed init into a slot, and becomes another program (found in PATH). */
  become: { slot: 'u32', argv: 'strs' },
  /** Takes the ids that set the container up in its user namespace; without other groups unless keepGroups says so, as in `user`. */
  becomeSetupUser: { uid: 'u32', gid: 'u32', keepGroups: 'u32' },
  // --- outer init
  /**
   * First of every stage. debug 1: report every step with a RAN record. foreground 1: the outer init stays, relays signals
   * and passes the status of the container process on. startSlot and resultSlot: where the fifos are, or 0 without them.
   */
  setup: { debug: 'u32', foreground: 'u32', startSlot: 'u32', resultSlot: 'u32' },
  /** A new time namespace for the container process. offsets: lines for /proc/self/timens_offsets, or empty. */
  newTimeNamespace: { offsets: 'str' },
  /** cgroup v2: attaches an eBPF program, two words an instruction, to a directory of the host. */
  deviceFilter: { cgroup: 'str', program: 'u32s' },
  /** Foreground: relays the terminal of the caller to that of the process, which comes through a slot. */
  relay: { slot: 'u32' },
  /**
   * Clones the container process, into a cgroup v2 directory of the host when not empty. pidfdSlot: the socket that its
   * pidfd is sent to, or 0.
   */
  clone: { cgroup: 'str', pidfdSlot: 'u32' },
  /**
   * Clones the joiner in the same way, and follows the container process that the joiner clones. A limit of processes may
   * leave no room for both, while nothing keeps a process that exists from a cgroup (cgroups(7)): then the joiner stays
   * out of a v2 cgroup, or moves to the v1 `tasks` file retreat, when there is one, and reports CROWDED.
   */
  cloneJoiner: { cgroup: 'str', retreat: 'str', pidfdSlot: 'u32' },
  /** Clones a joiner whose container process will be parked. The outer init goes on to `cloneBuilder`. */
  cloneParked: {},
  /** Clones the builder, into a cgroup v2 directory of the host when not empty, and follows the parked process. */
  cloneBuilder: { cgroup: 'str', pidfdSlot: 'u32' },
  /** A place for a mount in the root file system; like: a host path that is mounted there, or empty for a directory. */
  target: { path: 'str', like: 'str' },
  /**
   * Has CRIU restore a process from a directory of images, as a child of the outer init. Reports PID when its namespaces are
   * there, waits for a byte, and reports READY when it runs. options: criu_opts. terminalSlot: the socket that the terminal
   * of the process is sent to, or 0.
   */
  restore: { options: 'bytes', images: 'str', work: 'str', terminalSlot: 'u32' },
  // --- joiner
  /** A mount namespace with an empty file system, and nothing else. */
  emptyRoot: {},
  /** Closes every fd of the host, and clones the container process as a child of the outer init. The joiner ends. */
  cloneJoined: {},
  // --- builder
  /** Joins a cgroup through its open file: v1 `tasks`, v2 `cgroup.procs`. */
  joinOpened: { slot: 'u32' },
  /**
   * Gives the parked container process the mount namespace, the cgroup namespace (cgroup 1) and the terminal (terminal 1) of
   * the builder, which ends. What follows is run by the container process.
   */
  handOver: { cgroup: 'u32', terminal: 'u32' },
  // --- container process
  /** Joins the namespace that waits in a slot. */
  enterNamespace: { slot: 'u32' },
  /** Joins a cgroup: path of its v1 `tasks` file on the host. */
  joinCgroup: { tasks: 'str' },
  /** Opens a file of /proc/thread-self/attr, on the host's procfs, into a slot. */
  openAttribute: { slot: 'u32', name: 'str' },
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
  attachRootfs: { slot: 'u32', path: 'str' },
  /**
   * Mounts a new file system. options: "key" or "key=value" for fsconfig(2). attributes: MOUNT_ATTR_*. propagation:
   * MS_* flags. strict 1: no symbolic link may be on the way to the target (proc, sysfs). keepMode 1: the directory
   * below it gives its mode; copyUp 1: and its contents.
   */
  mount: {
    source: 'str',
    target: 'str',
    type: 'str',
    options: 'strs',
    attributes: 'u64',
    propagation: 'u32s',
    strict: 'u32',
    keepMode: 'u32',
    copyUp: 'u32',
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
   * with AT_RECURSIVE. uids and gids: an id map as triples of containerID, hostID and size; mapRecursive 1: on mounts
   * below too. refused: attributes that the source must not have where they are locked. inside 1: source is a path of the
   * rootfs. link: what becomes of a source that is a symbolic link; 0: it is followed, 1: it is mounted itself, 2: it is opened
   * to be copied. target is for messages.
   */
  openTree: {
    slot: 'u32',
    source: 'str',
    target: 'str',
    recursive: 'u32',
    inside: 'u32',
    link: 'u32',
    set: 'u64',
    clear: 'u64',
    refused: 'u64',
    recursiveSet: 'u64',
    recursiveClear: 'u64',
    uids: 'u32s',
    gids: 'u32s',
    mapRecursive: 'u32',
  },
  /**
   * Mounts the tree of a slot at a path of the rootfs, which is made where missing. onLink 1: on a symbolic link that is there, not
   * where it leads. copyLink 1: what is a symbolic link is made anew. byName: as of `device`.
   */
  attachTree: {
    slot: 'u32',
    target: 'str',
    onLink: 'u32',
    copyLink: 'u32',
    propagation: 'u32s',
    byName: 'u32',
  },
  /** Changes MOUNT_ATTR_* of what is mounted at a path of the rootfs. */
  setAttributes: { target: 'str', set: 'u64', clear: 'u64' },
  /** Makes a symbolic link, but not in a bind; force 1: in place of a file that is there. */
  symlink: { path: 'str', target: 'str', force: 'u32' },
  /**
   * Makes a device node or fifo; type is S_IFCHR, S_IFBLK or S_IFIFO. One that exists must be the same. byName 0: config.json
   * does not ask for it, and nothing is made in a bind.
   */
  device: {
    path: 'str',
    type: 'u32',
    major: 'u32',
    minor: 'u32',
    mode: 'u32',
    uid: 'u32',
    gid: 'u32',
    byName: 'u32',
  },
  /** Reports SYNC; the steps that follow come later. */
  sync: {},
  /**
   * Runs a hook with the state on its stdin: JSON before and after the pid of the container process. timeout: seconds,
   * 0 for none. inRootfs 1: the working directory is the root file system. stdoutSlot and stderrSlot: files that what
   * it prints is added to, or 0. kind and index are for messages.
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
    inRootfs: 'u32',
    stdoutSlot: 'u32',
    stderrSlot: 'u32',
  },
  pivotRoot: {},
  /** In place of pivotRoot (--no-pivot): MS_MOVE and chroot. */
  moveRoot: {},
  /** In place of pivotRoot, in the mount namespace of the caller: chroot(2) to the directory of a slot; 0: to the root file system. */
  changeRoot: { slot: 'u32' },
  /** Makes a terminal stdio, and sends its master to the socket of a slot. width and height: 0 for any. */
  terminal: { slot: 'u32', width: 'u32', height: 'u32' },
  /** Makes that terminal the controlling one of the session. */
  controllingTerminal: {},
  /** Where stdio is the null device it becomes the container's. */
  stdioNull: {},
  /** Mounts that terminal on /dev/console. */
  console: {},
  hostname: { name: 'str' },
  domainname: { name: 'str' },
  /** Writes a kernel parameter; the path is below /proc. */
  sysctl: { path: 'str', value: 'str' },
  readonlyPath: { path: 'str' },
  /** option: one of the tmpfs that hides a directory, such as its label; may be empty. */
  maskPath: { path: 'str', option: 'str' },
  /** Makes a directory and its parents (0755) where missing. */
  makeDirectory: { path: 'str' },
  /** Changes to the working directory, and checks that it is inside the root. */
  cwd: { path: 'str' },
  rlimit: { resource: 'u32', soft: 'u64', hard: 'u64' },
  /** sched_setattr(2); nice is a signed number. */
  scheduler: {
    policy: 'u32',
    flags: 'u64',
    nice: 'u32',
    priority: 'u32',
    runtime: 'u64',
    deadline: 'u64',
    period: 'u64',
  },
  /** ioprio_set(2): class and level in one. */
  ioPriority: { priority: 'u32' },
  /** mask: a bit a CPU, in words of 64 bits. */
  /** sched_setaffinity(2); an empty mask stands for every CPU. */
  cpuAffinity: { mask: 'bytes' },
  /** set_mempolicy(2). nodes: a bit a node, in words of 64 bits, or no bytes. */
  memoryPolicy: { mode: 'u32', nodes: 'bytes' },
  /** personality(2). */
  personality: { persona: 'u32' },
  umask: { mask: 'u32' },
  /** Drops every capability outside the mask from the bounding set. */
  boundingSet: { mask: 'u64' },
  /** Writes a label for the next execve(2) to the file of a slot. */
  label: { slot: 'u32', text: 'str' },
  /** Gives stdio to a user, where that can be done. */
  stdioOwner: { uid: 'u32' },
  /**
   * setgroups(2), setresgid(2), setresuid(2), keeping capabilities. keepGroups 1: in a user namespace that denies setgroups,
   * as one must that a user without privileges made (user_namespaces(7)), the groups of the caller stay. 2: they stay.
   */
  user: { uid: 'u32', gid: 'u32', groups: 'u32s', keepGroups: 'u32' },
  capabilities: { effective: 'u64', permitted: 'u64', inheritable: 'u64', ambient: 'u64' },
  noNewPrivileges: {},
  /** The environment of the program. home 1: HOME is added from the container's /etc/passwd, or "/". */
  environment: { entries: 'strs', home: 'u32' },
  /** Finds the program as execvp(3) does. */
  lookup: { file: 'str' },
  /** Keeps the steps that follow, reports READY, and waits for the start. */
  waitStart: {},
  /**
   * Loads a seccomp filter: struct sock_filter, and SECCOMP_FILTER_FLAG_*. With a listener it reports LISTENER; the steps that
   * follow come later.
   */
  seccomp: { filter: 'bytes', flags: 'u32' },
  /** Gives the preserved fds their own numbers, in order; up to then they follow one another from 3 on. Right before `exec`. */
  spreadFds: { numbers: 'u32s' },
  /** filter and flags: loaded just before execve(2); no bytes for none. */
  exec: { args: 'strs', filter: 'bytes', flags: 'u32' },
  // --- `slipway-init unpack`: the root file system of an image, in a mount namespace where it is all that there is
  /** Makes a directory of the host the root file system: a mount on itself, without devices and programs. */
  enterTree: { path: 'str' },
  /** A layer begins: whiteouts leave what comes from here on. */
  beginLayer: {},
  /** An extended attribute of the entry that comes next. */
  attribute: { name: 'name', value: 'bytes' },
  /**
   * Makes a file, or what `type` says (S_IFMT bits), in place of what is there; a directory stays. mode: permission bits. Times are
   * seconds (a signed number) and nanoseconds. target: of a symbolic link. size: of a file, whose `data` follows up to `endFile`.
   */
  entry: {
    path: 'name',
    type: 'u32',
    mode: 'u32',
    uid: 'u32',
    gid: 'u32',
    mtime: 'u64',
    mtimeNanoseconds: 'u32',
    atime: 'u64',
    atimeNanoseconds: 'u32',
    major: 'u32',
    minor: 'u32',
    target: 'name',
    size: 'u64',
  },
  data: { offset: 'u64', bytes: 'bytes' },
  endFile: {},
  /** A further name of what the layers made before; a symbolic link is not followed. */
  hardLink: { path: 'name', target: 'name' },
  /** Removes what lower layers have at a path; opaque 1: what they have in that directory. */
  whiteout: { path: 'name', opaque: 'u32' },
  /** Writes a regular file to stdout: its length (u32) and its bytes; the length is 4294967295 where there is none. longest: bytes. */
  readFile: { path: 'str', longest: 'u32' },
  /** Removes all that there is. */
  removeAll: {},
} as const satisfies Record<string, Readonly<Record<string, OperandKind>>>;

export type StepOp = keyof typeof stepShapes;

/** Those of `slipway-init unpack`; all others are of a container. */
export const unpackSteps = [
  'enterTree',
  'beginLayer',
  'attribute',
  'entry',
  'data',
  'endFile',
  'hardLink',
  'whiteout',
  'readFile',
  'removeAll',
] as const satisfies readonly StepOp[];

/** The slot of a tree that is opened and attached by one process: free again after each `attachTree`. */
export const workSlot = 1;

type OperandValue = {
  u32: number;
  u64: bigint;
  bytes: Uint8Array;
  str: string;
  name: Uint8Array;
  u32s: readonly number[];
  strs: readonly string[];
};

/** Operands of one step, e.g. `Operands<'hostname'>` is `{ name: string }`. */
export type Operands<K extends StepOp> = {
  readonly [F in keyof (typeof stepShapes)[K]]: OperandValue[(typeof stepShapes)[K][F] & OperandKind];
};

/** A step as it goes over the wire. */
export type WireStep = { [K in StepOp]: { readonly op: K } & Operands<K> }[StepOp];

/** A step of a plan: what to do, and the JSON pointer or specification section that asks for it. */
export type InitStep = WireStep & { readonly from: string };

/**
 * Records that the init sends: u32 kind, a number, errno, length of text, then text; records.ts says what the fields of each kind are.
 * The position is the number of the kind, from 1.
 */
export const recordKinds = [
  'HELLO',
  'PID',
  /** Before PID: there was no room for the joiner beside it, so slipway puts the container process into its cgroup. */
  'CROWDED',
  /** At `sync`: the runtime's hooks run now. */
  'SYNC',
  'READY',
  /** At `seccomp`. */
  'LISTENER',
  'EXEC',
  'RAN',
  'FAILED',
  /** In place of FAILED when it was a hook. */
  'HOOK_FAILED',
] as const;

/**
 * A foreground slipway passes signal N on to the outer init as N + relayedSignal. What others send to both, such as a
 * terminal to its foreground processes, is so passed on once; and a real-time signal is never merged with another one.
 */
export const relayedSignal = 34;

export type RecordKind = (typeof recordKinds)[number];

/** Tells the protocol: both programs must be built from the same shapes. */
export function protocolText(): string {
  return JSON.stringify([stepShapes, recordKinds]);
}
