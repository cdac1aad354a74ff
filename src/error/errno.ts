// errno(3) numbers and names to the words of strerror(3), lower case, with the name: "no such file or directory (ENOENT)".

import { constants } from 'node:os';

/** Names that have a sentence of their own; the rest is shown by name. */
const sentences: Readonly<Record<string, string>> = {
  EPERM: 'operation not permitted',
  ENOENT: 'no such file or directory',
  ESRCH: 'no such process',
  EINTR: 'interrupted system call',
  EIO: 'input/output error',
  ENXIO: 'no such device or address',
  E2BIG: 'argument list too long',
  ENOEXEC: 'exec format error',
  EBADF: 'bad file descriptor',
  EAGAIN: 'resource temporarily unavailable',
  ENOMEM: 'cannot allocate memory',
  EACCES: 'permission denied',
  EFAULT: 'bad address',
  ENOTBLK: 'block device required',
  EBUSY: 'device or resource busy',
  EEXIST: 'file exists',
  EXDEV: 'invalid cross-device link',
  ENODEV: 'no such device',
  ENOTDIR: 'not a directory',
  EISDIR: 'is a directory',
  EINVAL: 'invalid argument',
  ENFILE: 'too many open files in system',
  EMFILE: 'too many open files',
  ETXTBSY: 'text file busy',
  EFBIG: 'file too large',
  ENOSPC: 'no space left on device',
  EROFS: 'read-only file system',
  EMLINK: 'too many links',
  EPIPE: 'broken pipe',
  ERANGE: 'numerical result out of range',
  ENAMETOOLONG: 'file name too long',
  ENOSYS: 'function not implemented',
  ENOTEMPTY: 'directory not empty',
  ELOOP: 'too many levels of symbolic links',
  EOPNOTSUPP: 'operation not supported',
  EADDRINUSE: 'address already in use',
  ECONNREFUSED: 'connection refused',
  ETIMEDOUT: 'connection timed out',
  EUCLEAN: 'structure needs cleaning',
};

/** Text of an errno, given as its number or its name. */
export function errnoText(errno: number | string | undefined): string {
  const name = typeof errno === 'number' ? nameOf(errno) : (errno ?? 'unknown error');
  const sentence = sentences[name];
  return sentence === undefined ? name : `${sentence} (${name})`;
}

/** Of two names for one number the one that has a sentence. */
function nameOf(number: number): string {
  const names = Object.entries(constants.errno).flatMap(([name, value]) => (value === number ? [name] : []));
  return names.find((name) => name in sentences) ?? names[0] ?? `errno ${number}`;
}
