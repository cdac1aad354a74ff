// The mount options of the specification (config.md#mounts-options): what each of them changes.

import { attribute, flag, propagation } from './flags.ts';

/** What an option changes: attributes of the mount, and the flag of mount(2). */
export type Change = {
  readonly set: bigint;
  readonly clear: bigint;
  readonly flag: number;
  readonly on: boolean;
};

function on(bit: bigint, flag: number): Change {
  return { set: bit, clear: 0n, flag, on: true };
}

function off(bit: bigint, flag: number): Change {
  return { set: 0n, clear: bit, flag, on: false };
}

/** Options that change attributes; with an `r` before them they do so recursively. */
export const attributeOptions: Readonly<Record<string, Change>> = {
  ro: on(attribute.readonly, flag.readonly),
  rw: off(attribute.readonly, flag.readonly),
  nosuid: on(attribute.nosuid, flag.nosuid),
  suid: off(attribute.nosuid, flag.nosuid),
  nodev: on(attribute.nodev, flag.nodev),
  dev: off(attribute.nodev, flag.nodev),
  noexec: on(attribute.noexec, flag.noexec),
  exec: off(attribute.noexec, flag.noexec),
  nodiratime: on(attribute.nodiratime, flag.nodiratime),
  diratime: off(attribute.nodiratime, flag.nodiratime),
  nosymfollow: on(attribute.nosymfollow, flag.nosymfollow),
  symfollow: off(attribute.nosymfollow, flag.nosymfollow),
};

/** Which of these flags are left in the end says how access times are kept, as in mount(2): strictatime before noatime. */
export const accessTimeOptions: Readonly<Record<string, Pick<Change, 'flag' | 'on'>>> = {
  noatime: { flag: flag.noatime, on: true },
  atime: { flag: flag.noatime, on: false },
  strictatime: { flag: flag.strictatime, on: true },
  nostrictatime: { flag: flag.strictatime, on: false },
  relatime: { flag: flag.relatime, on: true },
  norelatime: { flag: flag.relatime, on: false },
};

/**
 * Options of the super block, under fsconfig's names, and their flag of mount(2). `ro` and `rw` are of both kinds: a new
 * file system gets both.
 */
export const superblockOptions: Readonly<Record<string, Pick<Change, 'flag' | 'on'>>> = {
  ro: { flag: flag.readonly, on: true },
  rw: { flag: flag.readonly, on: false },
  sync: { flag: flag.synchronous, on: true },
  async: { flag: flag.synchronous, on: false },
  dirsync: { flag: flag.dirsync, on: true },
  lazytime: { flag: flag.lazytime, on: true },
  nolazytime: { flag: flag.lazytime, on: false },
  mand: { flag: flag.mandlock, on: true },
  nomand: { flag: flag.mandlock, on: false },
};

/** Options that only mount(2) knows. */
export const flagOptions: Readonly<Record<string, Pick<Change, 'flag' | 'on'>>> = {
  remount: { flag: flag.remount, on: true },
  iversion: { flag: flag.iversion, on: true },
  noiversion: { flag: flag.iversion, on: false },
  acl: { flag: flag.posixAcl, on: true },
  noacl: { flag: flag.posixAcl, on: false },
  silent: { flag: flag.silent, on: true },
  loud: { flag: flag.silent, on: false },
};

/** Options that neither change a mount nor belong to the file system. */
export const otherOptions = ['bind', 'rbind', 'idmap', 'ridmap', 'tmpcopyup', 'defaults'];

/** What becomes of symbolic links at the two ends of a bind; they are followed without these options, which are crun's. */
export const linkOptions = ['copy-symlink', 'src-nofollow', 'dest-nofollow'];

/** What an engine has done itself by the time it calls a runtime: labels and owners of a volume. */
export const engineOptions = ['z', 'Z', 'U'];

/** Every option that slipway itself understands, sorted: what `features` lists. */
export function knownOptions(): string[] {
  const names = [
    ...[...Object.keys(attributeOptions), ...Object.keys(accessTimeOptions)].flatMap((name) => [
      name,
      `r${name}`,
    ]),
    ...Object.keys(superblockOptions),
    ...Object.keys(flagOptions),
    ...Object.keys(propagation),
    ...otherOptions,
    ...linkOptions,
  ];
  return [...new Set(names)].toSorted();
}
