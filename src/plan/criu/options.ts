// Options that slipway takes for CRIU, and the places that both commands tell CRIU of.

import { type ContainerCgroup, unifiedOf } from '../../cgroup/container-cgroup.ts';
import { belowBundle } from '../../mount/bind.ts';
import { isBind } from '../../mount/options.ts';
import { namespaceFlags } from '../../namespace/argv.ts';
import { isNew } from '../../namespace/asked.ts';
import { annotation } from '../../spec/annotations.ts';
import type { Config } from '../../spec/config.ts';
import type { CriuOption, OptionValue } from './encode.ts';

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

export type RestoreOptions = CriuOptions & {
  /** TYPE:NAME of the profile that the processes get in place of theirs. */
  readonly lsmProfile: string | null;
  readonly lsmMountContext: string | null;
};

export type Places = {
  readonly bundle: string;
  readonly cgroups: readonly ContainerCgroup[];
  /** Path of its cgroup in each hierarchy. */
  readonly cgroup: string;
};

/** criu_cg_mode. */
const cgroupModes = { ignore: 0, soft: 3, full: 4, strict: 5 } as const;

export type CgroupMode = keyof typeof cgroupModes;

/** Name of the log in the work directory. */
export function logName(command: 'dump' | 'restore'): string {
  return `${command}.log`;
}

/** All that it can say. */
const logLevel = 4;

export function common(options: CriuOptions, config: Config, command: 'dump' | 'restore'): CriuOption[] {
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

export const sharedNetworkName = 'slipway-network';

type Bind = readonly [destination: string, source: string];

/** Destination and source of what the host mounts into the container, its cgroups among them. */
export function binds(config: Config, places: Places): Bind[] {
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

export function external(resource: string): CriuOption {
  return ['external', resource];
}

export function inherited(fd: number, key: string): CriuOption {
  return ['inherit_fd', { key, fd }];
}

export function when(condition: boolean, name: CriuOption[0]): CriuOption[] {
  return condition ? [[name, true]] : [];
}

export function given(name: CriuOption[0], value: OptionValue | null): CriuOption[] {
  return value === null ? [] : [[name, value]];
}
