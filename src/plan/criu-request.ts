// What CRIU is asked to do to checkpoint and restore a container, as options of its RPC protocol (images/rpc.proto of CRIU).
// Pure; the init talks to it.

import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { type ContainerCgroup, unifiedOf } from '../cgroup/container-cgroup.ts';
import { belowBundle } from '../mount/bind.ts';
import { isBind } from '../mount/options.ts';
import { namespaceFlags } from '../namespace/argv.ts';
import { isNew, namespaceOf } from '../namespace/asked.ts';
import { annotation } from '../spec/annotations.ts';
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
  readonly cgroupMode: CgroupMode;
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
  readonly pageServer: { readonly address: string; readonly port: number } | null;
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

/** criu_req_type of what slipway asks for; the init knows that of a restore. */
export const requestTypes = { dump: 1, preDump: 4 } as const;

/** criu_cg_mode. */
const cgroupModes = { ignore: 0, soft: 3, full: 4, strict: 5 } as const;

export type CgroupMode = keyof typeof cgroupModes;

/** An option and its value, an option of many values once for each; messages are lists of options themselves. */
export type CriuOption = readonly [name: keyof typeof fields, value: OptionValue];
type OptionValue = boolean | number | string | Readonly<Record<string, number | string>>;

/** Fields of criu_opts: number, and those of the message that it is. */
const fields = {
  pid: [2],
  leave_running: [3],
  ext_unix_sk: [4],
  tcp_established: [5],
  shell_job: [7],
  file_locks: [8],
  log_level: [9],
  log_file: [10],
  ps: [11, { address: 1, port: 2 }],
  notify_scripts: [12],
  root: [13],
  parent_img: [14],
  track_mem: [15],
  auto_dedup: [16],
  link_remap: [18],
  cg_root: [25, { ctrl: 1, path: 2 }],
  rst_sibling: [26],
  inherit_fd: [27, { key: 1, fd: 2 }],
  manage_cgroups_mode: [34],
  external: [37],
  empty_ns: [38],
  freeze_cgroup: [44],
  tcp_skip_in_flight: [46],
  lazy_pages: [48],
  status_fd: [49],
  orphan_pts_master: [50],
  config_file: [51],
  lsm_profile: [53],
  lsm_mount_context: [63],
} as const satisfies Readonly<Record<string, readonly [number, Readonly<Record<string, number>>?]>>;

/** Varints and texts are all that there is. */
export function encodeOptions(options: readonly CriuOption[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const [name, value] of options) {
    const [number, members = {}] = fields[name];
    writeField(writer, number, members, value);
  }
  return writer.finish();
}

const varint = 0;
const bytes = 2;

function writeField(
  writer: BinaryWriter,
  number: number,
  members: Readonly<Record<string, number>>,
  value: OptionValue,
): void {
  if (typeof value === 'boolean') writer.tag(number, varint).bool(value);
  else if (typeof value === 'number') writer.tag(number, varint).int32(value);
  else if (typeof value === 'string') writer.tag(number, bytes).string(value);
  else {
    writer.tag(number, bytes).fork();
    for (const [name, member] of Object.entries(value)) writeField(writer, members[name] ?? 0, {}, member);
    writer.join();
  }
}

const sharedNetworkName = 'slipway-network';

export function dumpOptions(options: DumpOptions, target: DumpTarget): CriuOption[] {
  const { config, rootfs, pid, freezer } = target;
  const network = namespaceOf(config, 'network')?.path;
  const masked = (config.linux?.maskedPaths ?? []).filter(target.isFile);
  return [
    ['pid', pid],
    ['root', rootfs],
    ...common(options, config, 'dump'),
    ...[...masked, ...binds(config, target).map(([destination]) => destination)].map((path) =>
      external(`mnt[${path}]:${path}`),
    ),
    // One that is shared with others stays with them.
    ...(network === undefined ? [] : [external(`net[${target.inodeOf(network)}]:${sharedNetworkName}`)]),
    ...target.descriptors.filter((name) => name.startsWith('file[')).map(external),
    ...given('freeze_cgroup', freezer),
    ...given('parent_img', options.parent),
    ...when(options.preDump || options.parent !== null, 'track_mem'),
    ...when(options.leaveRunning, 'leave_running'),
    ...when(options.tcpSkipInFlight, 'tcp_skip_in_flight'),
    ...when(options.linkRemap, 'link_remap'),
    ...given('ps', options.pageServer),
    ...given('status_fd', options.statusFd),
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
  /** Where the network namespace is open that is shared with others; null for one of its own. */
  readonly networkFd: number | null;
  /** As at the checkpoint. */
  readonly descriptors: readonly string[];
};

export function restoreOptions(options: RestoreOptions, target: RestoreTarget): CriuOption[] {
  const { config, root, descriptors } = target;
  return [
    ['rst_sibling', true],
    ['notify_scripts', true],
    ['root', root],
    ...common(options, config, 'restore'),
    ...(config.linux?.maskedPaths ?? []).map((path) => external(`mnt[${path}]:/dev/null`)),
    ...binds(config, target).map(([destination, source]) => external(`mnt[${destination}]:${source}`)),
    ...(target.networkFd === null ? [] : [inherited(target.networkFd, sharedNetworkName)]),
    ...cgroupRoots(target),
    // Those of the caller take the place of pipes and files that are gone.
    ...descriptors.flatMap((name, fd) => (/^(pipe:|file)\[/.test(name) ? [inherited(fd, name)] : [])),
    ...given('lsm_profile', options.lsmProfile),
    ...given('lsm_mount_context', options.lsmMountContext),
  ];
}

/**
 * Only for the hierarchies that the container has a cgroup in: a root for all would have CRIU make one in those, too, that the
 * kernel has and the host has not mounted, where delete would not find it.
 */
function cgroupRoots({ cgroups, cgroup }: Places): CriuOption[] {
  return cgroups.map(({ version, controllers }) => {
    // In /proc/PID/cgroup the v2 tree has an empty name.
    const ctrl = version === 1 ? controllers.join(',') : '';
    return ['cg_root', { ctrl, path: cgroup }];
  });
}

/** Name of the log in the work directory. */
export function logName(command: 'dump' | 'restore'): string {
  return `${command}.log`;
}

/** All that it can say. */
const logLevel = 4;

function common(options: CriuOptions, config: Config, command: 'dump' | 'restore'): CriuOption[] {
  return [
    ['log_level', logLevel],
    ['log_file', logName(command)],
    ['manage_cgroups_mode', cgroupModes[options.cgroupMode]],
    // The other end of a terminal is not in the container.
    ['orphan_pts_master', true],
    ...given('config_file', annotation(config, 'criuConfig') || null),
    ...when(options.tcpEstablished, 'tcp_established'),
    ...when(options.extUnixSk, 'ext_unix_sk'),
    ...when(options.shellJob, 'shell_job'),
    ...when(options.fileLocks, 'file_locks'),
    ...when(options.lazyPages, 'lazy_pages'),
    ...when(options.autoDedup, 'auto_dedup'),
    ...(options.emptyNamespaces.includes('network') ? [['empty_ns', namespaceFlags.network] as const] : []),
  ];
}

type Places = {
  readonly bundle: string;
  readonly cgroups: readonly ContainerCgroup[];
  /** Path of its cgroup in each hierarchy. */
  readonly cgroup: string;
};

type Bind = readonly [destination: string, source: string];

/** Destination and source of what the host mounts into the container, its cgroups among them. */
function binds(config: Config, places: Places): Bind[] {
  return (config.mounts ?? []).flatMap((mount) => {
    const { destination, source = '', type = '' } = mount;
    if (isBind(mount)) return [[destination, belowBundle(places.bundle, source)] as const];
    return type.startsWith('cgroup') ? cgroupBinds(config, destination, places) : [];
  });
}

/**
 * CRIU takes the root of a hierarchy of v1 for the whole of it, also in a cgroup namespace; it knows a mount of v2 in a
 * cgroup namespace of its own.
 */
function cgroupBinds(config: Config, destination: string, { cgroups, cgroup }: Places): Bind[] {
  const v1 = cgroups.filter(({ version }) => version === 1);
  const unified = isNew(config, 'cgroup') ? undefined : unifiedOf(cgroups)?.directory;
  if (v1.length === 0) return unified === undefined ? [] : [[destination, unified]];
  return v1.map(({ directory }) => {
    const mountpoint = directory.slice(0, -cgroup.length);
    return [`${destination}/${mountpoint.slice(mountpoint.lastIndexOf('/') + 1)}`, directory];
  });
}

function external(resource: string): CriuOption {
  return ['external', resource];
}

function inherited(fd: number, key: string): CriuOption {
  return ['inherit_fd', { key, fd }];
}

function when(condition: boolean, name: CriuOption[0]): CriuOption[] {
  return condition ? [[name, true]] : [];
}

function given(name: CriuOption[0], value: OptionValue | null): CriuOption[] {
  return value === null ? [] : [[name, value]];
}
