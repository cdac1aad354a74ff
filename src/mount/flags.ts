// Flags of mount(2) and mount_setattr(2).

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

/** MS_* flags of mount(2), for what only that can do. */
export const flag = {
  readonly: 1,
  nosuid: 2,
  nodev: 4,
  noexec: 8,
  synchronous: 16,
  remount: 32,
  mandlock: 64,
  dirsync: 128,
  nosymfollow: 256,
  noatime: 1024,
  nodiratime: 2048,
  bind: 4096,
  silent: 32768,
  relatime: 1 << 21,
  iversion: 1 << 23,
  strictatime: 1 << 24,
  posixAcl: 1 << 16,
  lazytime: 1 << 25,
} as const;
