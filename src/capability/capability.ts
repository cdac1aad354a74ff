// Capability names (capabilities(7)) and the five sets of a process (config.md#linux-process).

import type { Process } from '../spec/process.ts';

/** By number. */
export const capabilityNames: readonly string[] =
  `CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE
NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN
SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE
MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE`
    .split(/\s+/)
    .map((name) => `CAP_${name}`);

/** What can be granted: in a user namespace everything, else what slipway has itself. */
export function availableCapabilities(own: bigint, userNamespace: boolean): bigint {
  return userNamespace ? (1n << BigInt(capabilityNames.length)) - 1n : own;
}

/** A bit for each capability. */
export type CapabilitySets = {
  readonly bounding: bigint;
  readonly effective: bigint;
  readonly permitted: bigint;
  readonly inheritable: bigint;
  readonly ambient: bigint;
};

export const capabilitySetNames = ['bounding', 'effective', 'permitted', 'inheritable', 'ambient'] as const;

/**
 * The sets that can be granted: names that are unknown, or that the caller does not have, are left out (validate warns).
 * The kernel lets an ambient capability be raised only when it is permitted and inheritable.
 */
export function capabilitySets(process: Process, available: bigint): CapabilitySets {
  const mask = (set: (typeof capabilitySetNames)[number]): bigint =>
    (process.capabilities?.[set] ?? []).reduce((bits, name) => bits | capabilityBit(name), 0n) & available;
  const permitted = mask('permitted');
  const inheritable = mask('inheritable');
  return {
    bounding: mask('bounding'),
    permitted,
    inheritable,
    effective: mask('effective') & permitted,
    ambient: mask('ambient') & permitted & inheritable,
  };
}

/** The bit of a capability; 0 for a name that is none. */
export function capabilityBit(name: string): bigint {
  const number = capabilityNames.indexOf(name);
  return number < 0 ? 0n : 1n << BigInt(number);
}
