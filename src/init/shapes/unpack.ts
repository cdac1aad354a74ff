// Steps of `slipway-init unpack`: the root file system of an image, in a mount namespace where it is all that there is.

import type { Shape } from './operand-kinds.ts';

export const unpackShapes = {
  /** Makes a directory of the host the root file system: a mount on itself, without devices and programs. */
  enterTree: { path: 'str' },
  /** A layer begins: whiteouts leave what comes from here on. */
  beginLayer: {},
  /** An extended attribute of the entry that comes next. */
  attribute: { name: 'name', value: 'bytes' },
  /**
   * Makes a file, or what `type` says (S_IFMT bits), in place of what is there; a directory stays. mode: permission bits. Times are
   * seconds (a signed number) and nanoseconds. target: of a symbolic link. size: of a file, whose `data` follows up to `endFile`.
   */
  entry: {
    path: 'name',
    type: 'u32',
    mode: 'u32',
    uid: 'u32',
    gid: 'u32',
    mtime: 'u64',
    mtimeNanoseconds: 'u32',
    atime: 'u64',
    atimeNanoseconds: 'u32',
    major: 'u32',
    minor: 'u32',
    target: 'name',
    size: 'u64',
  },
  data: { offset: 'u64', bytes: 'bytes' },
  endFile: {},
  /** A further name of what the layers made before; a symbolic link is not followed. */
  hardLink: { path: 'name', target: 'name' },
  /** Removes what lower layers have at a path; opaque: what they have in that directory. */
  whiteout: { path: 'name', opaque: 'flag' },
  /** Writes a regular file to stdout: its length (u32) and its bytes; the length is 4294967295 where there is none. longest: bytes. */
  readFile: { path: 'str', longest: 'u32' },
  /** Removes all that there is. */
  removeAll: {},
} as const satisfies Record<string, Shape>;
