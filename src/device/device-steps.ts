// Device nodes and links below /dev (config-linux.md#devices, #default-devices, runtime-linux.md#dev-symbolic-links).

import type { InitStep } from '../init/protocol.ts';
import type { HostFacts } from '../spec/host-facts.ts';
import type { Device } from '../spec/linux.ts';

/** File types of mknod(2). A `u` device is a character device without a buffer: the kernel knows no other. */
const types = { c: 0o020000, u: 0o020000, b: 0o060000, p: 0o010000 } as const;

/** Name, major, minor of the devices that every container has, with mode 0666. */
const defaults = [
  ['null', 1, 3],
  ['zero', 1, 5],
  ['full', 1, 7],
  ['random', 1, 8],
  ['urandom', 1, 9],
  ['tty', 5, 0],
] as const;

const links = [
  ['/dev/fd', '/proc/self/fd'],
  ['/dev/stdin', '/proc/self/fd/0'],
  ['/dev/stdout', '/proc/self/fd/1'],
  ['/dev/stderr', '/proc/self/fd/2'],
] as const;

const defaultDevices = 'config-linux.md#default-devices';
const linksSection = 'runtime-linux.md#dev-symbolic-links';

/** Configured devices first: one of theirs may stand in place of a default. */
export function deviceSteps(devices: readonly Device[], { kcore }: HostFacts): InitStep[] {
  const configured = devices.map(
    (device, index): InitStep => ({
      op: 'device',
      from: `/linux/devices/${index}`,
      path: device.path,
      type: types[device.type],
      // A fifo has no numbers.
      major: device.type === 'p' ? 0 : Number(device.major ?? 0),
      minor: device.type === 'p' ? 0 : Number(device.minor ?? 0),
      mode: (device.fileMode ?? 0o666) & 0o7777,
      uid: device.uid ?? 0,
      gid: device.gid ?? 0,
      byName: true,
    }),
  );
  const taken = new Set(devices.map((device) => device.path));
  const missing = defaults.flatMap(([name, major, minor]): InitStep[] => {
    const path = `/dev/${name}`;
    const node = { path, type: types.c, major, minor, mode: 0o666, uid: 0, gid: 0, byName: false };
    return taken.has(path) ? [] : [{ op: 'device', from: defaultDevices, ...node }];
  });
  return [...configured, ...missing, ...linkSteps(kcore)];
}

function linkSteps(kcore: boolean): InitStep[] {
  const all = kcore ? [...links, ['/dev/core', '/proc/kcore'] as const] : links;
  return [
    { op: 'symlink', from: defaultDevices, path: '/dev/ptmx', target: 'pts/ptmx', force: true },
    ...all.map(
      ([path, target]): InitStep => ({ op: 'symlink', from: linksSection, path, target, force: false }),
    ),
  ];
}
