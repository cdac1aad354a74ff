// The mount options of the specification (config.md#mounts-options) as what mount_setattr(2) and fsconfig(2) take.

import type { Mount } from '../spec/mounts.ts';

/** MOUNT_ATTR_* (mount_setattr(2)). */
export const attribute = {
  readonly: 0x1n,
  nosuid: 0x2n,
  nodev: 0x4n,
  noexec: 0x8n,
  /** All access time modes: cleared whenever one is set. */
  atime: 0x70n,
  noatime: 0x10n,
  strictatime: 0x20n,
  nodiratime: 0x80n,
  nosymfollow: 0x200000n,
} as const;

const recursive = 0x4000;

/** MS_* propagation flags (mount(2)). */
export const propagation: Readonly<Record<string, number>> = {
  shared: 1 << 20,
  slave: 1 << 19,
  private: 1 << 18,
  unbindable: 1 << 17,
  rshared: (1 << 20) | recursive,
  rslave: (1 << 19) | recursive,
  rprivate: (1 << 18) | recursive,
  runbindable: (1 << 17) | recursive,
};

type Change = { readonly set: bigint; readonly clear: bigint };

function on(bit: bigint): Change {
  return { set: bit, clear: 0n };
}

function off(bit: bigint): Change {
  return { set: 0n, clear: bit };
}

function accessTime(mode: bigint): Change {
  return { set: mode, clear: attribute.atime };
}

/** Options that change attributes; with an `r` before them they do so recursively. */
const attributeOptions: Readonly<Record<string, Change>> = {
  ro: on(attribute.readonly),
  rw: off(attribute.readonly),
  nosuid: on(attribute.nosuid),
  suid: off(attribute.nosuid),
  nodev: on(attribute.nodev),
  dev: off(attribute.nodev),
  noexec: on(attribute.noexec),
  exec: off(attribute.noexec),
  nodiratime: on(attribute.nodiratime),
  diratime: off(attribute.nodiratime),
  nosymfollow: on(attribute.nosymfollow),
  symfollow: off(attribute.nosymfollow),
  noatime: accessTime(attribute.noatime),
  strictatime: accessTime(attribute.strictatime),
  relatime: accessTime(0n),
  atime: accessTime(0n),
  norelatime: accessTime(0n),
  nostrictatime: accessTime(0n),
};

/** Options of the super block, under fsconfig's names. `ro` is one too: a new file system gets both. */
const superblockOptions = new Set([
  'ro',
  'rw',
  'sync',
  'async',
  'dirsync',
  'lazytime',
  'nolazytime',
  'mand',
  'nomand',
]);

/** Options that the kernel does by itself, or that only say how messages are printed. */
const withoutEffect = new Set(['defaults', 'silent', 'loud']);

/** Options of the specification that slipway does not execute yet. */
const notExecuted = new Set(['remount', 'iversion', 'noiversion', 'tmpcopyup']);

export type MountOptions = {
  readonly bind: 'bind' | 'rbind' | null;
  readonly idMap: 'idmap' | 'ridmap' | null;
  /** On the mount alone. */
  readonly set: bigint;
  readonly clear: bigint;
  /** On the mount and all below it. */
  readonly recursiveSet: bigint;
  readonly recursiveClear: bigint;
  /** In the order given. */
  readonly propagation: readonly number[];
  /** For fsconfig(2): super block options, then what the specification leaves to the file system. */
  readonly filesystem: readonly string[];
  /** Option names that are not executed yet. */
  readonly notExecuted: readonly string[];
};

/** A mount of type bind, or with an option that says so. */
export function isBind({ type, options = [] }: Mount): boolean {
  return type === 'bind' || options.includes('bind') || options.includes('rbind');
}

/** Reads the options of one mount. What the specification does not name goes to the file system. */
export function readMountOptions(options: readonly string[]): MountOptions {
  let bind: MountOptions['bind'] = null;
  let idMap: MountOptions['idMap'] = null;
  let own: Change = { set: 0n, clear: 0n };
  let below: Change = { set: 0n, clear: 0n };
  const propagations: number[] = [];
  const filesystem: string[] = [];
  const missing: string[] = [];
  for (const option of options) {
    const single = attributeOptions[option];
    const recursively = option.startsWith('r') ? attributeOptions[option.slice(1)] : undefined;
    const shared = propagation[option];
    if (superblockOptions.has(option)) filesystem.push(option);
    if (option === 'bind' || option === 'rbind') bind = option;
    else if (option === 'idmap' || option === 'ridmap') idMap = option;
    else if (single !== undefined) own = combine(own, single);
    else if (recursively !== undefined) below = combine(below, recursively);
    else if (shared !== undefined) propagations.push(shared);
    else if (notExecuted.has(option)) missing.push(option);
    else if (!superblockOptions.has(option) && !withoutEffect.has(option)) filesystem.push(option);
  }
  return {
    bind,
    idMap,
    set: own.set,
    clear: own.clear,
    recursiveSet: below.set,
    recursiveClear: below.clear,
    propagation: propagations,
    filesystem,
    notExecuted: missing,
  };
}

/** The later one wins; an access time mode clears the mode before it. */
function combine(earlier: Change, later: Change): Change {
  return { set: (earlier.set & ~later.clear) | later.set, clear: (earlier.clear & ~later.set) | later.clear };
}
