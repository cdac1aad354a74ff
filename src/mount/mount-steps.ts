// The mounts of config.json as steps of the init (config.md#mounts).

import { posix } from 'node:path';
import type { InitStep } from '../init/protocol.ts';
import type { Mount } from '../spec/mounts.ts';
import { belowBundle, bindSteps } from './bind.ts';
import { cgroupMountSteps } from './cgroup-mount.ts';
import type { MountContext } from './context.ts';
import { attribute, flag } from './flags.ts';
import { bindAttributes, isBind, type MountOptions, needsFlags, readMountOptions } from './options.ts';

/** Steps of one mount; `from` is its JSON pointer. */
export function mountSteps(mount: Mount, from: string, context: MountContext): InitStep[] {
  const options = readMountOptions(mount.options ?? []);
  const target = mount.destination;
  if (needsFlags(mount, options)) return [flagsStep(mount, options, from, context)];
  if (isBind(mount)) {
    const recursive = options.bind === 'rbind';
    const source = belowBundle(context.bundle, mount.source ?? '');
    const own = madeInside(source, recursive, context);
    return bindSteps(from, {
      source: own ?? source,
      inside: own !== null,
      target,
      sourceLink: options.sourceLink,
      onLink: options.onLink,
      recursive,
      ...bindAttributes(options, context.userNamespace && own === null),
      recursiveSet: options.recursiveSet,
      recursiveClear: options.recursiveClear,
      propagation: options.propagation,
      idMap: idMapOf(mount, options, context),
    });
  }
  if (mount.type === 'cgroup') return cgroupMountSteps(target, options, from, context);
  const late = becomesReadonly(mount.type, options);
  return [
    {
      op: 'mount',
      from,
      source: mount.source ?? mount.type ?? 'none',
      target,
      type: mount.type ?? 'none',
      options: [
        ...options.superblock.filter((option) => !(late && option === 'ro')),
        ...options.filesystem,
        ...labelOf(mount.type, context),
      ],
      attributes: (options.set | options.recursiveSet) & ~(late ? attribute.readonly : 0n),
      propagation: options.propagation,
      strict: mount.type === 'proc' || mount.type === 'sysfs',
      // As runc does, unless a mode is asked for.
      keepMode: mount.type === 'tmpfs' && !options.filesystem.some((option) => option.startsWith('mode=')),
      copyUp: options.copyUp,
    },
  ];
}

/** The path inside of the root of a source that shows what earlier mounts made there; null for any other one. */
function madeInside(source: string, recursive: boolean, { rootfs, earlier }: MountContext): string | null {
  const [path, root] = [posix.resolve(source), posix.resolve(rootfs)];
  if (!isAtOrBelow(path, root)) return null;
  const inside = path.slice(root.length) || '/';
  const shown = earlier.some(
    (place) => isAtOrBelow(inside, place) || (recursive && isAtOrBelow(place, inside)),
  );
  return shown ? inside : null;
}

function isAtOrBelow(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory === '/' ? '/' : `${directory}/`);
}

/** These have labels by the policy of the host. */
const labelledByPolicy: readonly (string | undefined)[] = ['proc', 'sysfs', 'cgroup', 'cgroup2'];

function labelOf(type: string | undefined, { labelOption }: MountContext): string[] {
  return labelOption === '' || labelledByPolicy.includes(type) ? [] : [labelOption];
}

/** mount(2) takes all flags at once: what a remount does not name is cleared. */
function flagsStep(mount: Mount, options: MountOptions, from: string, context: MountContext): InitStep {
  // A label may have commas; a file system that is there has its.
  const again = (options.flags & flag.remount) !== 0 || isBind(mount);
  const labels = again ? [] : labelOf(mount.type, context).map((label) => label.replace(/=(.*)/s, '="$1"'));
  return {
    op: 'mountFlags',
    from,
    source: mount.source ?? mount.type ?? 'none',
    target: mount.destination,
    type: mount.type ?? 'none',
    flags: BigInt(options.flags | (isBind(mount) ? flag.bind : 0)),
    options: [...options.filesystem, ...labels].join(','),
    propagation: options.propagation,
  };
}

/** The mount's own maps, or the container's where an option asks for a map. */
function idMapOf(mount: Mount, { idMap }: MountOptions, { idMaps }: MountContext) {
  const { uidMappings: uids = idMaps.uids, gidMappings: gids = idMaps.gids } = mount;
  const asked = idMap !== null || mount.uidMappings !== undefined;
  return asked ? { uids, gids, recursive: idMap === 'ridmap' } : null;
}

/** The last step of a file system that is filled before it becomes read-only. */
export function lateMountSteps(mounts: readonly Mount[]): InitStep[] {
  return mounts.flatMap((mount, index): InitStep[] =>
    becomesReadonly(mount.type, readMountOptions(mount.options ?? []))
      ? [
          {
            op: 'setAttributes',
            from: `/mounts/${index}`,
            target: mount.destination,
            set: attribute.readonly,
            clear: 0n,
          },
        ]
      : [],
  );
}

/** Later mounts and devices may need directories in a tmpfs. */
function becomesReadonly(type: string | undefined, { set }: MountOptions): boolean {
  return type === 'tmpfs' && (set & attribute.readonly) !== 0n;
}
