// The config.json that `spec` writes: runc's, so that what is written for one works with the other.

const capabilities = ['CAP_AUDIT_WRITE', 'CAP_KILL', 'CAP_NET_BIND_SERVICE'];

/** `unified`: the host has cgroup v2 alone; then the container gets a cgroup namespace too. */
export function exampleConfig(unified: boolean): object {
  return {
    // The oldest version that has all of it: older runtimes refuse a newer one.
    ociVersion: '1.0.2',
    process: {
      terminal: true,
      user: { uid: 0, gid: 0 },
      args: ['sh'],
      env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'TERM=xterm'],
      cwd: '/',
      capabilities: {
        bounding: capabilities,
        effective: capabilities,
        permitted: capabilities,
      },
      rlimits: [{ type: 'RLIMIT_NOFILE', hard: 1024, soft: 1024 }],
      noNewPrivileges: true,
    },
    root: { path: 'rootfs', readonly: true },
    hostname: 'slipway',
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      mount('/dev', 'tmpfs', 'tmpfs', 'nosuid strictatime mode=755 size=65536k'),
      mount('/dev/pts', 'devpts', 'devpts', 'nosuid noexec newinstance ptmxmode=0666 mode=0620 gid=5'),
      mount('/dev/shm', 'tmpfs', 'shm', 'nosuid noexec nodev mode=1777 size=65536k'),
      mount('/dev/mqueue', 'mqueue', 'mqueue', 'nosuid noexec nodev'),
      mount('/sys', 'sysfs', 'sysfs', 'nosuid noexec nodev ro'),
      mount('/sys/fs/cgroup', 'cgroup', 'cgroup', 'nosuid noexec nodev relatime ro'),
    ],
    linux: {
      resources: { devices: [{ allow: false, access: 'rwm' }] },
      namespaces: ['pid', 'network', 'ipc', 'uts', 'mount', ...(unified ? ['cgroup'] : [])].map((type) => ({
        type,
      })),
      maskedPaths: [
        '/proc/acpi',
        '/proc/asound',
        '/proc/kcore',
        '/proc/keys',
        '/proc/latency_stats',
        '/proc/timer_list',
        '/proc/timer_stats',
        '/proc/sched_debug',
        '/sys/firmware',
        '/proc/scsi',
      ],
      readonlyPaths: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
    },
  };
}

type Example = {
  readonly mounts: readonly { readonly destination: string; readonly options?: readonly string[] }[];
  readonly linux: { readonly namespaces: readonly { readonly type: string }[] };
};

/** For somebody who is not root, as runc makes it: root of a user namespace, the host's network and /sys, no limits. */
export function rootlessExample(unified: boolean, uid: number, gid: number): object {
  const { mounts, linux, ...rest } = exampleConfig(unified) as Example;
  const { resources: _, namespaces, ...other } = linux as Example['linux'] & { readonly resources: unknown };
  const kept = namespaces.filter(({ type }) => type !== 'network');
  return {
    ...rest,
    mounts: mounts.map((one) =>
      one.destination === '/sys'
        ? mount('/sys', 'none', '/sys', 'rbind nosuid noexec nodev ro')
        : withoutGroup(one),
    ),
    linux: {
      ...other,
      uidMappings: [{ containerID: 0, hostID: uid, size: 1 }],
      gidMappings: [{ containerID: 0, hostID: gid, size: 1 }],
      namespaces: [...kept, { type: 'user' }],
    },
  };
}

/** There is one group only. */
function withoutGroup({ options, ...rest }: Example['mounts'][number]): object {
  return options === undefined
    ? rest
    : { ...rest, options: options.filter((option) => !/^[gu]id=/.test(option)) };
}

function mount(destination: string, type: string, source: string, options: string): object {
  return { destination, type, source, options: options.split(' ') };
}
