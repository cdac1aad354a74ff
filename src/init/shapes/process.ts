// Steps of the container process about itself and its program.

import type { Shape } from './operand-kinds.ts';

export const processShapes = {
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
  label: { slot: 'slot', text: 'str' },
  /** Gives stdio to a user, where that can be done. */
  stdioOwner: { uid: 'u32' },
  /**
   * setgroups(2), setresgid(2), setresuid(2), keeping capabilities. keepGroups 1: in a user namespace that denies setgroups,
   * as one must that a user without privileges made (user_namespaces(7)), the groups of the caller stay. 2: they stay.
   */
  user: { uid: 'u32', gid: 'u32', groups: 'u32s', keepGroups: 'u32' },
  capabilities: { effective: 'u64', permitted: 'u64', inheritable: 'u64', ambient: 'u64' },
  noNewPrivileges: {},
  /** The environment of the program. home: HOME is added from the container's /etc/passwd, or "/". */
  environment: { entries: 'strs', home: 'flag' },
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
} as const satisfies Record<string, Shape>;
