// What slipway can execute (features.md), from the tables that execute it.

import { capabilityNames } from '../capability/capability.ts';
import { knownOptions } from '../mount/option-tables.ts';
import { memoryPolicyFlags, memoryPolicyModes } from '../scheduling/memory-policy.ts';
import type { Compiled } from '../seccomp/filter.ts';
import { flagsIn, seccompActions, seccompFlags, seccompOperators } from '../seccomp/profile.ts';
import { annotationNames } from '../spec/annotations.ts';
import { hooksSchema } from '../spec/hooks.ts';
import { namespaceTypes } from '../spec/linux.ts';
import { seccompArchitectures } from '../spec/seccomp.ts';
import { newestVersion, oldestVersion } from '../spec/version.ts';

/** `seccomp`: what the compiler of profiles says of this machine; null where there is none. */
export function features(version: string, seccomp: Compiled | null): object {
  return {
    ociVersionMin: oldestVersion,
    ociVersionMax: newestVersion,
    hooks: Object.keys(hooksSchema.shape),
    mountOptions: knownOptions(),
    linux: {
      namespaces: namespaceTypes.toSorted(),
      capabilities: capabilityNames,
      cgroup: { v1: true, v2: true, systemd: true, systemdUser: true, rdma: true },
      seccomp: {
        enabled: seccomp !== null,
        actions: seccompActions.toSorted(),
        operators: seccompOperators.toSorted(),
        archs: seccompArchitectures.toSorted(),
        knownFlags: seccompFlags,
        supportedFlags: flagsIn(seccomp?.flags ?? 0),
      },
      apparmor: { enabled: true },
      selinux: { enabled: true },
      intelRdt: { enabled: true, schemata: true, monitoring: true },
      mountExtensions: { idmap: { enabled: true } },
      memoryPolicy: { modes: memoryPolicyModes.toSorted(), flags: memoryPolicyFlags.toSorted() },
      netDevices: { enabled: true },
    },
    potentiallyUnsafeConfigAnnotations: [
      'org.systemd.property.',
      ...Object.values(annotationNames),
    ].toSorted(),
    annotations: {
      'slipway.version': version,
      ...(seccomp === null ? {} : { 'io.github.seccomp.libseccomp.version': seccomp.libseccomp.version }),
    },
  };
}
