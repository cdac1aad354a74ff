// Documents made at random, for containers that are really made.

import type { Config } from '../../src/spec/config.ts';
import type { Sandbox } from './sandbox.ts';

/** The document without what would change the host: its devices, cgroups and files are not for a test. Nobody takes a terminal. */
export function harmless(config: Config, { folder, name }: Sandbox): Config {
  const { netDevices: _, ...linux } = config.linux ?? {};
  const { memory, ...resources } = linux.resources ?? {};
  // With less the kernel would kill the init.
  const enough = memory?.limit === undefined || memory.limit < 0 || memory.limit > 16 << 20;
  return {
    ...config,
    root: { ...config.root, path: 'rootfs' },
    mounts: config.mounts?.map((mount) =>
      mount.source?.startsWith('/') ? { ...mount, source: `${folder}/source` } : mount,
    ),
    ...(config.process === undefined ? {} : { process: { ...config.process, terminal: false } }),
    linux: {
      ...linux,
      cgroupsPath: `/${name}-random`,
      resources: enough && memory !== undefined ? { ...resources, memory } : resources,
    },
  };
}
