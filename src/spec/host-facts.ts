// What checking and planning may know about the host. Collected once by host/facts.ts; pure code only reads it.

/** One mounted cgroup v1 hierarchy (/proc/self/mountinfo). */
export type CgroupHierarchy = {
  /** e.g. ['cpu', 'cpuacct'], or ['name=systemd']. */
  readonly controllers: readonly string[];
  /** Where it is mounted on the host, e.g. /sys/fs/cgroup/memory. */
  readonly mountpoint: string;
};

/** v1 hierarchies, a v2 tree, or (hybrid hosts) both. */
export type CgroupFacts = {
  readonly v1: readonly CgroupHierarchy[];
  readonly v2: { readonly mountpoint: string; readonly controllers: readonly string[] } | null;
};

/** Who calls. */
export type Caller = {
  readonly uid: number;
  readonly gid: number;
  /** In the initial user namespace. In another one even root can neither make device nodes nor filter devices. */
  readonly initialNamespace: boolean;
};

/** Whether everything that needs rights is left to a user namespace that the caller makes or joins (user_namespaces(7)). */
export function isRootless({ uid }: Caller): boolean {
  return uid !== 0;
}

/** Whether the caller has the rights of the host's root. */
export function isHostRoot({ uid, initialNamespace }: Caller): boolean {
  return uid === 0 && initialNamespace;
}

export type HostFacts = {
  readonly caller: Caller;
  /** Sizes of huge pages, such as "2MB"; asked for only where it matters. */
  readonly hugePageSizes: () => readonly string[];
  /** Where cgroups are made. */
  readonly cgroup: CgroupFacts;
  /** What is mounted. */
  readonly cgroupMounts: CgroupFacts;
  /** Whether there is a /proc/kcore, for /dev/core to point at. */
  readonly kcore: boolean;
  /** Security modules. AppArmor has a file for labels of its own, or shares one with others; null: it is not active. */
  readonly lsm: { readonly apparmor: 'own-file' | 'shared-file' | null; readonly selinux: boolean };
  /** Where the resctrl file system is mounted; null where it is not. */
  readonly resctrl: string | null;
  /** Whether the kernel filters system calls. */
  readonly seccomp: boolean;
  /** The caller's permitted capabilities, a bit each. */
  readonly capabilities: bigint;
  /** RLIMIT_NOFILE of the caller, before the JavaScript engine changed it. */
  readonly nofile: { readonly soft: bigint; readonly hard: bigint };
};
