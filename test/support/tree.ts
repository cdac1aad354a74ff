// Everything that a root file system has, to compare two of them.

import { execFileSync } from 'node:child_process';

const script = `import hashlib, json, os, stat, sys
root = sys.argv[1]
names = {}
def show(path):
    s = os.lstat(path)
    kind = stat.S_IFMT(s.st_mode)
    first = names.setdefault((s.st_dev, s.st_ino), path)
    print(json.dumps([
        os.path.relpath(path, root), oct(s.st_mode), s.st_uid, s.st_gid, s.st_mtime_ns, s.st_rdev,
        s.st_size if kind == stat.S_IFREG else 0,
        os.path.relpath(first, root) if kind != stat.S_IFDIR else '',
        os.readlink(path) if kind == stat.S_IFLNK else '',
        hashlib.sha256(open(path, 'rb').read()).hexdigest() if kind == stat.S_IFREG else '',
        sorted((n, os.getxattr(path, n, follow_symlinks=False).hex()) for n in os.listxattr(path, follow_symlinks=False)),
    ]))
def walk(folder):
    show(folder)
    for name in sorted(os.listdir(folder)):
        path = folder + '/' + name
        if os.path.isdir(path) and not os.path.islink(path): walk(path)
        else: show(path)
walk(root)`;

/**
 * A line a file: name, mode, uid, gid, time of the last change in nanoseconds, device, size, first name of the same file, target of
 * a symbolic link, digest, extended attributes.
 */
export function describeTree(folder: string): string[] {
  const options = { encoding: 'utf8', maxBuffer: 1 << 30 } as const;
  return execFileSync('python3', ['-c', script, folder], options).trimEnd().split('\n');
}
