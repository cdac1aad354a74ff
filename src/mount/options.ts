// The options of a mount, as what mount_setattr(2) and fsconfig(2) take.

import type { Mount } from '../spec/mounts.ts';
import { attribute, flag, propagation } from './flags.ts';
import {
  accessTimeOptions,
  attributeOptions,
  type Change,
  engineOptions,
  flagOptions,
  linkOptions,
  otherOptions,
  superblockOptions,
} from './option-tables.ts';

export type MountOptions = {
  readonly bind: 'bind' | 'rbind' | null;
  readonly idMap: 'idmap' | 'ridmap' | null;
  /** The new tmpfs takes over what it hides. */
  readonly copyUp: boolean;
  /** A source that is a symbolic link: is it followed, mounted itself, or made anew in the container. */
  readonly sourceLink: 'follow' | 'mount' | 'copy';
  /** A destination that is a symbolic link is mounted on itself. */
  readonly onLink: boolean;
  /** Options about links, which a bind alone can have. */
  readonly links: readonly string[];
  /** On the mount alone. */
  readonly set: bigint;
  readonly clear: bigint;
  /** Whether a bind gets other attributes than its source: an option names one, if only to clear it. */
  readonly changes: boolean;
  /** On the mount and all below it. */
  readonly recursiveSet: bigint;
  readonly recursiveClear: bigint;
  /** In the order given. */
  readonly propagation: readonly number[];
  /** For fsconfig(2): options of the super block, under its names. */
  readonly superblock: readonly string[];
  /** What the specification leaves to the file system. */
  readonly filesystem: readonly string[];
  /** All of it that is not recursive as MS_* flags of mount(2). */
  readonly flags: number;
};

/** A mount of type bind, or with an option that says so. */
export function isBind({ type, options = [] }: Mount): boolean {
  return type === 'bind' || options.includes('bind') || options.includes('rbind');
}

export type BindAttributes = {
  readonly set: bigint;
  readonly clear: bigint;
  /** What the source must not have where it is locked (mount_namespaces(7)): it was asked away. */
  readonly refused: bigint;
};

const lockable = attribute.readonly | attribute.nosuid | attribute.nodev | attribute.noexec;

/**
 * What becomes of a bind's attributes, as mount(2) has it for MS_BIND and MS_REMOUNT: once an option names any, those that are
 * not asked for go, whatever the source has; but the access times stay as they are unless an option sets one. `locked`: in a
 * user namespace those of the source stay.
 */
export function bindAttributes(options: MountOptions, locked: boolean): BindAttributes {
  const { changes, set, flags } = options;
  if (!changes) return { set: 0n, clear: 0n, refused: 0n };
  const refused = options.clear & ~set & lockable;
  const mode = (flags & (flag.noatime | flag.relatime | flag.strictatime)) !== 0;
  if (locked) return { set, clear: mode ? attribute.atime : 0n, refused };
  const times = mode || (flags & flag.nodiratime) !== 0;
  const dropped = lockable | attribute.nosymfollow | (times ? attribute.nodiratime : 0n);
  return { set, clear: (dropped & ~set) | (times ? attribute.atime : 0n), refused };
}

const onlyMount = flag.iversion | flag.posixAcl;

/**
 * Whether mount(2) has to make the mount: what it alone can do, all flags at once. A bind that is no remount is not such
 * a mount: mount(2) would pass over every flag beside MS_BIND.
 */
export function needsFlags(mount: Mount, { flags, filesystem }: MountOptions): boolean {
  if ((flags & flag.remount) !== 0) return true;
  if (isBind(mount)) return false;
  return (flags & onlyMount) !== 0 || [mount.source ?? '', ...filesystem].some(isTooLong);
}

/** Bytes of a name or a value that fsconfig(2) takes; mount(2) takes a page of all of them. */
const longest = 255;

function isTooLong(option: string): boolean {
  if (option.length * 3 <= longest) return false;
  return option.split(/=(.*)/s).some((part) => new TextEncoder().encode(part).length > longest);
}

const alreadyRead = new WeakMap<readonly string[], MountOptions>();

/** Reads the options of one mount, once. What the specification does not name goes to the file system. */
export function readMountOptions(options: readonly string[]): MountOptions {
  const known = alreadyRead.get(options) ?? read(options);
  alreadyRead.set(options, known);
  return known;
}

/** What the options of a mount add up to: a later one undoes an earlier one. */
class Changes {
  flags = 0;
  /** An option was given that sets or clears a flag of mount(2). */
  given = false;
  #set = 0n;
  #clear = 0n;
  #accessTime = false;

  /** False for an option that is no flag of mount(2). */
  apply(option: string): boolean {
    return this.applyAttribute(option) || this.#applyFlag(superblockOptions[option] ?? flagOptions[option]);
  }

  /** False for an option that changes no attribute. */
  applyAttribute(option: string): boolean {
    const change = attributeOptions[option];
    if (change !== undefined) {
      this.#set = (this.#set & ~change.clear) | change.set;
      this.#clear = (this.#clear & ~change.set) | change.clear;
    }
    const time = accessTimeOptions[option];
    // Without relatime there is nothing for norelatime to change.
    if (time !== undefined && option !== 'norelatime') this.#accessTime = true;
    return this.#applyFlag(change ?? time);
  }

  attributes(): { readonly set: bigint; readonly clear: bigint } {
    if (!this.#accessTime) return { set: this.#set, clear: this.#clear };
    const strict = (this.flags & flag.strictatime) !== 0;
    const none = (this.flags & flag.noatime) !== 0;
    const mode = strict ? attribute.strictatime : none ? attribute.noatime : 0n;
    return { set: this.#set | mode, clear: this.#clear | attribute.atime };
  }

  #applyFlag(change: Pick<Change, 'flag' | 'on'> | undefined): boolean {
    if (change === undefined) return false;
    this.given = true;
    this.flags = change.on ? this.flags | change.flag : this.flags & ~change.flag;
    return true;
  }
}

function read(options: readonly string[]): MountOptions {
  const own = new Changes();
  const below = new Changes();
  const propagations: number[] = [];
  const superblock: string[] = [];
  const filesystem: string[] = [];
  const links: string[] = [];
  for (const option of options.flatMap(splitOption)) {
    const shared = propagation[option];
    if (superblockOptions[option] !== undefined) superblock.push(option);
    if (own.apply(option)) continue;
    if (option.startsWith('r') && below.applyAttribute(option.slice(1))) continue;
    if (shared !== undefined) propagations.push(shared);
    else if (linkOptions.includes(option)) links.push(option);
    else if (!otherOptions.includes(option) && !engineOptions.includes(option)) filesystem.push(option);
  }
  const last = <T extends string>(...names: readonly T[]) =>
    names.find((name) => name === options.findLast((option) => names.some((known) => known === option))) ??
    null;
  return {
    // MS_BIND and MS_REC: "bind" takes nothing from "rbind".
    bind: options.includes('rbind') ? 'rbind' : last('bind'),
    idMap: last('idmap', 'ridmap'),
    copyUp: options.includes('tmpcopyup'),
    sourceLink: links.includes('copy-symlink') ? 'copy' : links.includes('src-nofollow') ? 'mount' : 'follow',
    onLink: links.includes('dest-nofollow'),
    links,
    ...own.attributes(),
    changes: own.given,
    recursiveSet: below.attributes().set,
    recursiveClear: below.attributes().clear,
    propagation: propagations,
    superblock,
    filesystem,
    flags: own.flags,
  };
}

/** Names of options whose values mount(2) takes in quotation marks (SELinux). */
const quoted = /^(fs|def|root)?context="(.*)"$/s;

/**
 * Engines join options with commas, as for mount(2): a comma that is escaped, or in quotation marks, belongs to a value. An empty
 * option is none.
 */
function splitOption(option: string): string[] {
  if (option !== '' && !option.includes(',') && !option.includes('"')) return [option];
  const parts = option.match(/(?:\\.|"[^"]*"|[^,])+/gs) ?? [];
  return parts.map((part) => part.replace(quoted, '$1context=$2'));
}
