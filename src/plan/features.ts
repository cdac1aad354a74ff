// What slipway can execute (features.md), from the tables that execute it.

import { capabilityNames } from '../capability/capability.ts';
import { knownOptions } from '../mount/options.ts';
import { hooksSchema } from '../spec/hooks.ts';
import { namespaceTypes } from '../spec/linux.ts';

export function features(version: string): object {
  return {
    ociVersionMin: '1.0.0',
    ociVersionMax: '1.3.0',
    hooks: Object.keys(hooksSchema.shape),
    mountOptions: knownOptions(),
    linux: {
      namespaces: namespaceTypes.toSorted(),
      capabilities: capabilityNames,
      cgroup: { v1: true, v2: true, systemd: true, systemdUser: true, rdma: false },
      seccomp: { enabled: false },
      apparmor: { enabled: true },
      selinux: { enabled: true },
      intelRdt: { enabled: false },
      mountExtensions: { idmap: { enabled: true } },
      netDevices: { enabled: false },
    },
    annotations: { 'slipway.version': version },
  };
}
