// The root file system of a container in the mount namespace of the caller: bound on itself with mount(8), and taken off with
// umount(8) together with all that the container process mounted below it.

import { RuntimeError } from '../error/error.ts';
import type { BindRootStep } from '../plan/host-step.ts';
import { exists, mountIdOf, readText, realPath } from './files.ts';
import { runProgram } from './program.ts';

/** The mount of a root file system on itself in the mount namespace of the caller. */
export type CallerRoot = {
  /** Absolute path on the host, without symbolic links. */
  readonly path: string;
  /** Id in mountinfo (proc_pid_mountinfo(5)) of the mount that the path was on before. */
  readonly under: number;
  /** Its own id; null until it is there. */
  readonly mount: number | null;
};

/** What is to be saved before the mount is made. Throws INVALID_CONFIG for a root file system that cannot be bound. */
export function plannedRoot({ from, path }: BindRootStep): CallerRoot {
  const place = realPath(path);
  if (place !== '/') return { path: place, under: mountIdOf(place), mount: null };
  const message = `${from}: "/" would be bound on itself for every process of the caller's mount namespace; add {"type": "mount"} to /linux/namespaces`;
  throw new RuntimeError('INVALID_CONFIG', message, { ref: from });
}

/** Throws SYSTEM. */
export async function bindRoot({ from }: BindRootStep, planned: CallerRoot): Promise<CallerRoot> {
  const { path } = planned;
  // Private: what is mounted below must not show a second time under it, nor in other mount namespaces.
  await run(from, 'mount', ['--rbind', '--make-rprivate', path, path]);
  return { ...planned, mount: mountIdOf(path) };
}

/** Returns what stays in the way, in words; null when the mount is gone. Throws SYSTEM. */
export async function unbindRoot({ path, under, mount }: CallerRoot): Promise<string | null> {
  const place = mount === null ? path : mountPointOf(mount);
  if (place === null) return null;
  const top = exists(place) ? mountIdOf(place) : null;
  // Killed before its id was known: then it is there when another mount than before is.
  if (mount === null && (top === null || top === under)) return null;
  if (mount !== null && top !== mount)
    return `"${path}" stays mounted on itself, because another mount covers it; once that is gone: umount -l "${path}"`;
  await run('/root/path', 'umount', ['--lazy', place]);
  return null;
}

/** Where a mount is by now: somebody may have renamed a directory above it. Null when it is gone. */
function mountPointOf(mount: number): string | null {
  const line = new RegExp(`^${mount} \\S+ \\S+ \\S+ (\\S+) `, 'm').exec(readText('/proc/self/mountinfo'));
  // White space and backslashes are octal there (proc_pid_mountinfo(5)).
  return (
    line?.[1]?.replaceAll(/\\([0-7]{3})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 8))) ?? null
  );
}

async function run(from: string, program: string, args: readonly string[]): Promise<void> {
  const { failure } = await runProgram(program, args);
  if (failure !== null) throw new RuntimeError('SYSTEM', `${from}: ${program}: ${failure}`, { ref: from });
}
