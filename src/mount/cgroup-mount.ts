// A mount of type "cgroup": what it shows depends on the host's hierarchies and on the cgroup namespace.

import type { InitStep } from '../init/protocol.ts';
import { bindSteps } from './bind.ts';
import type { MountContext } from './context.ts';
import { attribute, propagation } from './flags.ts';
import type { MountOptions } from './options.ts';

/** v2: the tree, seen from the container's cgroup. v1: a tmpfs with a directory for each hierarchy, as runc does. */
export function cgroupMountSteps(
  target: string,
  options: MountOptions,
  from: string,
  context: MountContext,
): InitStep[] {
  const { cgroup, cgroupMounts } = context.facts;
  // Without a namespace only what the container has of its own may be shown.
  const { v1, v2 } = context.newCgroupNamespace ? cgroupMounts : cgroup;
  if (v1.length === 0 && v2 !== null) return hierarchy(target, options, from, context, null, v2.mountpoint);
  const steps: InitStep[] = [
    {
      op: 'mount',
      from,
      source: 'tmpfs',
      target,
      type: 'tmpfs',
      options: ['mode=755'],
      attributes: attribute.nosuid | attribute.nodev | attribute.noexec,
      propagation: options.propagation,
      strict: false,
      keepMode: false,
      copyUp: false,
    },
  ];
  for (const { controllers, mountpoint } of v1) {
    const name = mountpoint.slice(mountpoint.lastIndexOf('/') + 1);
    steps.push(...hierarchy(`${target}/${name}`, options, from, context, controllers, mountpoint));
    if (controllers.length > 1) {
      for (const controller of controllers) {
        steps.push({ op: 'symlink', from, path: `${target}/${controller}`, target: name, force: false });
      }
    }
  }
  return steps;
}

/** In a cgroup namespace of its own a new mount, whose root the namespace sets; else a bind of the container's cgroup. */
function hierarchy(
  target: string,
  options: MountOptions,
  from: string,
  context: MountContext,
  controllers: readonly string[] | null,
  mountpoint: string,
): InitStep[] {
  if (context.newCgroupNamespace) {
    return [
      {
        op: 'mount',
        from,
        source: controllers?.[0]?.startsWith('name=') ? controllers[0].slice('name='.length) : 'cgroup',
        target,
        type: controllers === null ? 'cgroup2' : 'cgroup',
        options:
          controllers === null
            ? []
            : controllers.flatMap((name) => (name.startsWith('name=') ? ['none', name] : [name])),
        attributes: options.set,
        propagation: [],
        strict: false,
        keepMode: false,
        copyUp: false,
      },
    ];
  }
  return bindSteps(from, {
    source: `${mountpoint}${context.cgroupPath}`,
    target,
    recursive: false,
    inside: false,
    sourceLink: 'follow',
    onLink: false,
    set: options.set,
    clear: options.clear,
    refused: options.clear & ~options.set,
    recursiveSet: 0n,
    recursiveClear: 0n,
    // What is mounted on it must not reach the host.
    propagation: [propagation.private ?? 0],
    idMap: null,
  });
}
