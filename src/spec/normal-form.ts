// A config in the one form that every rule and every step takes it in.

import { posix } from 'node:path';
import type { Config } from './config.ts';
import type { Linux } from './linux.ts';
import type { Mount } from './mounts.ts';

/** Mount destinations and device paths are absolute, without "." and ".." and more slashes than one; what is empty is left out. */
export function withNormalForm(config: Config): Config {
  const { mounts, linux } = config;
  return {
    ...config,
    ...(mounts === undefined ? {} : { mounts: mounts.map(normalMount) }),
    ...(linux === undefined ? {} : { linux: normalLinux(linux) }),
  };
}

function normalMount({ uidMappings = [], gidMappings = [], ...mount }: Mount): Mount {
  return {
    ...mount,
    destination: normal(mount.destination),
    ...(uidMappings.length === 0 ? {} : { uidMappings }),
    ...(gidMappings.length === 0 ? {} : { gidMappings }),
  };
}

function normalLinux({ intelRdt, ...linux }: Linux): Linux {
  const { devices } = linux;
  return {
    ...linux,
    ...(devices === undefined
      ? {}
      : { devices: devices.map((device) => ({ ...device, path: normal(device.path) })) }),
    ...(intelRdt === undefined || Object.values(intelRdt).every(isEmpty) ? {} : { intelRdt }),
  };
}

/** What Go clients write for "not set". */
function isEmpty(value: string | boolean | readonly string[] | undefined): boolean {
  return (
    value === undefined || value === false || value === '' || (Array.isArray(value) && value.length === 0)
  );
}

function normal(path: string): string {
  return posix.resolve('/', path);
}
