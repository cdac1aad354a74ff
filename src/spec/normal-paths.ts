// Paths inside the container, in the one form that every rule and every step takes them in.

import { posix } from 'node:path';
import type { Config } from './config.ts';

/** With mount destinations and device paths absolute, and without "." and ".." and more slashes than one. */
export function withNormalPaths(config: Config): Config {
  const { mounts, linux } = config;
  return {
    ...config,
    ...(mounts === undefined
      ? {}
      : { mounts: mounts.map((mount) => ({ ...mount, destination: normal(mount.destination) })) }),
    ...(linux?.devices === undefined
      ? {}
      : {
          linux: {
            ...linux,
            devices: linux.devices.map((device) => ({ ...device, path: normal(device.path) })),
          },
        }),
  };
}

function normal(path: string): string {
  return posix.resolve('/', path);
}
