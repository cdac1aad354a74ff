// The command lines of criu(8) that checkpoint and restore a container. Pure; host/criu.ts and the init run them.

import { type ContainerCgroup, unifiedOf } from '../cgroup/container-cgroup.ts';
import { belowBundle } from '../mount/bind.ts';
import { isBind } from '../mount/options.ts';
import { isNew, namespaceOf } from '../namespace/asked.ts';
import type { Config } from '../spec/config.ts';

/** What both commands of the command line take. */
export type CriuOptions = {
  /** Absolute paths on the host. */
  readonly images: string;
  readonly work: string;
  readonly tcpEstablished: boolean;
  readonly extUnixSk: boolean;
  readonly shellJob: boolean;
  readonly fileLocks: boolean;
  readonly lazyPages: boolean;
  readonly autoDedup: boolean;
  /** --manage-cgroups of criu(8). */
  readonly cgroupMode: string;
  /** Namespaces of these types are made, and left empty: `network`. */
  readonly emptyNamespaces: readonly string[];
};

export type DumpOptions = CriuOptions & {
  /** Relative to the images: those of an earlier --pre-dump. */
  readonly parent: string | null;
  readonly leaveRunning: boolean;
  readonly preDump: boolean;
  readonly tcpSkipInFlight: boolean;
  readonly linkRemap: boolean;
  readonly pageServer: { readonly address: string; readonly port: string } | null;
  readonly statusFd: number | null;
};

export type DumpTarget = Places & {
  readonly config: Config;
  readonly rootfs: string;
  readonly pid: number;
  /** The cgroup that stops the processes; null without a freezer. */
  readonly freezer: string | null;
  /** What stdin, stdout and stderr are: "pipe:[17]", "file[1a:17]" for a file of the host, or a path of the container. */
  readonly descriptors: readonly string[];
  /** Inode of a path on the host. */
  readonly inodeOf: (path: string) => number;
  /** Whether a path of the container is there, and no directory: then a mask is a bind of /dev/null. */
  readonly isFile: (path: string) => boolean;
};

const sharedNetworkName = 'slipway-network';

export function dumpArguments(options: DumpOptions, target: DumpTarget): string[] {
  const { config, rootfs, pid, freezer } = target;
  const network = namespaceOf(config, 'network')?.path;
  const masked = (config.linux?.maskedPaths ?? []).filter(target.isFile);
  return [
    options.preDump ? 'pre-dump' : 'dump',
    '--tree',
    String(pid),
    '--root',
    rootfs,
    ...common(options, config, 'dump'),
    ...[...masked, ...binds(config, target).map(([destination]) => destination)].flatMap((path) =>
      external(`mnt[${path}]:${path}`),
    ),
    // One that is shared with others stays with them.
    ...(network === undefined ? [] : external(`net[${target.inodeOf(network)}]:${sharedNetworkName}`)),
    ...target.descriptors.filter((name) => name.startsWith('file[')).flatMap(external),
    ...given('--freeze-cgroup', freezer),
    ...given('--prev-images-dir', options.parent),
    ...when(options.preDump || options.parent !== null, '--track-mem'),
    ...when(options.leaveRunning, '--leave-running'),
    ...when(options.tcpSkipInFlight, '--skip-in-flight'),
    ...when(options.linkRemap, '--link-remap'),
    ...(options.pageServer === null
      ? []
      : ['--page-server', '--address', options.pageServer.address, '--port', options.pageServer.port]),
    ...given('--status-fd', options.statusFd),
  ];
}

export type RestoreOptions = CriuOptions & {
  /** TYPE:NAME of the profile that the processes get in place of theirs. */
  readonly lsmProfile: string | null;
  readonly lsmMountContext: string | null;
};

export type RestoreTarget = Places & {
  readonly config: Config;
  /** Where the root file system is mounted for CRIU. */
  readonly root: string;
  readonly pidFile: string;
  /** Where the network namespace is open that is shared with others; null for one of its own. */
  readonly networkFd: number | null;
  /** Path in each hierarchy. */
  readonly cgroup: string;
  /** As at the checkpoint. */
  readonly descriptors: readonly string[];
};

export function restoreArguments(options: RestoreOptions, target: RestoreTarget): string[] {
  const { config, root, pidFile, cgroup, descriptors } = target;
  return [
    'restore',
    '--restore-detached',
    '--restore-sibling',
    '--pidfile',
    pidFile,
    '--root',
    root,
    ...common(options, config, 'restore'),
    ...(config.linux?.maskedPaths ?? []).flatMap((path) => external(`mnt[${path}]:/dev/null`)),
    ...binds(config, target).flatMap(([destination, source]) => external(`mnt[${destination}]:${source}`)),
    ...(target.networkFd === null ? [] : ['--inherit-fd', `fd[${target.networkFd}]:${sharedNetworkName}`]),
    '--cgroup-root',
    cgroup,
    // Those of the caller take the place of pipes and files that are gone.
    ...descriptors.flatMap((name, fd) =>
      /^(pipe:|file)\[/.test(name) ? ['--inherit-fd', `fd[${fd}]:${name}`] : [],
    ),
    ...given('--lsm-profile', options.lsmProfile),
    ...given('--lsm-mount-context', options.lsmMountContext),
  ];
}

/** Name of the log in the work directory. */
export function logName(command: 'dump' | 'restore'): string {
  return `${command}.log`;
}

function common(options: CriuOptions, config: Config, command: 'dump' | 'restore'): string[] {
  return [
    '--images-dir',
    options.images,
    '--work-dir',
    options.work,
    '-v4',
    '--log-file',
    logName(command),
    `--manage-cgroups=${options.cgroupMode}`,
    ...given('--config', config.annotations?.['org.criu.config'] ?? null),
    ...when(options.tcpEstablished, '--tcp-established'),
    ...when(options.extUnixSk, '--ext-unix-sk'),
    ...when(options.shellJob, '--shell-job'),
    ...when(options.fileLocks, '--file-locks'),
    ...when(options.lazyPages, '--lazy-pages'),
    ...when(options.autoDedup, '--auto-dedup'),
    ...options.emptyNamespaces.flatMap((type) => ['--empty-ns', type === 'network' ? 'net' : type]),
  ];
}

type Places = { readonly bundle: string; readonly cgroups: readonly ContainerCgroup[] };

/** Destination and source of what the host mounts into the container; without a cgroup namespace of its own that is its cgroup too. */
function binds(
  config: Config,
  { bundle, cgroups }: Places,
): (readonly [destination: string, source: string])[] {
  const own = isNew(config, 'cgroup') ? undefined : unifiedOf(cgroups)?.directory;
  return (config.mounts ?? []).flatMap((mount) => {
    const { destination, source = '', type = '' } = mount;
    if (isBind(mount)) return [[destination, belowBundle(bundle, source)] as const];
    return type.startsWith('cgroup') && own !== undefined ? [[destination, own] as const] : [];
  });
}

function external(resource: string): string[] {
  return ['--external', resource];
}

function when(condition: boolean, option: string): string[] {
  return condition ? [option] : [];
}

function given(option: string, value: string | number | null): string[] {
  return value === null ? [] : [option, String(value)];
}
