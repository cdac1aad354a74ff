// checkpoint: the processes of a container to files, with CRIU.

import { posix } from 'node:path';
import { cgroupPath } from '../cgroup/cgroup-steps.ts';
import { limitsVersion } from '../cgroup/container-cgroup.ts';
import { RuntimeError } from '../error/error.ts';
import { demandCriu, runDump } from '../host/criu.ts';
import { hostFacts } from '../host/facts.ts';
import { makeDirectories, writeAtomically } from '../host/file-changes.ts';
import { exists, inodeOf, isDirectory, linkOf, mountIdIn, readText } from '../host/files.ts';
import { isStopped, type ProcessIdentity } from '../host/process.ts';
import { dumpOptions } from '../plan/criu/dump.ts';
import type { DumpOptions } from '../plan/criu/options.ts';
import type { SavedState } from '../store/saved-state.ts';
import { checkConfigOf } from './bundle.ts';
import { demandOwnMounts } from './caller-root.ts';
import { destroy } from './delete.ts';
import type { Environment } from './environment.ts';
import { containerProcessOf, loadContainer } from './load.ts';
import { processesOf } from './processes.ts';
import { readConfigOf } from './saved-config.ts';
import { demand } from './status.ts';

export type CheckpointRequest = DumpOptions & { readonly id: string };

/** Name of the file among the images that tells what stdio was. */
export const descriptorsName = 'descriptors.json';

export async function checkpoint(env: Environment, request: CheckpointRequest): Promise<void> {
  const { id, paths, state, status } = loadContainer(env, request);
  demand('checkpoint', id, status);
  const init = containerProcessOf(state);
  const trustedAnnotations = [...state.trustedAnnotations, ...env.trustedAnnotations];
  const document = await readConfigOf(paths);
  const trust = { trustedAnnotations };
  const config = await checkConfigOf(env, { document, before: document }, trust, hostFacts());
  demandOwnMounts('checkpoint', config);
  await demandCriu();
  demandParent(request);
  makeDirectories(request.images, 0o700);
  makeDirectories(request.work, 0o700);
  const descriptors = [0, 1, 2].map((fd) => descriptorOf(init, fd));
  const options = dumpOptions(request, {
    descriptors,
    config,
    rootfs: state.rootfs,
    bundle: state.bundle,
    cgroups: state.cgroups,
    cgroup: cgroupPath(id, config.linux?.cgroupsPath),
    pid: init.pid,
    freezer: freezerFor(state),
    inodeOf,
    isFile: (path) => isFileOf(init, path),
  });
  if (!request.preDump)
    writeAtomically(`${request.images}/${descriptorsName}`, JSON.stringify(descriptors), 0o600);
  await env.log('debug', `criu dump: ${JSON.stringify(options)}`);
  await runDump(options, request);
  // restore needs the bundle.
  if (!request.leaveRunning && !request.preDump) await destroy(env, state, paths, 'kept');
}

/**
 * The cgroup that CRIU freezes. Not on v1 while a process is stopped by a signal: ptrace(2) waits for it to move, and would not
 * return while it is frozen. Without a freezer CRIU stops the processes one by one.
 */
function freezerFor(state: SavedState): string | null {
  const [freezer] = state.freezers;
  if (freezer === undefined) return null;
  if (limitsVersion(state.cgroups) === 1 && processesOf(state).some(isStopped)) return null;
  return freezer.file.replace(/\/[^/]*$/, '');
}

/** CRIU says nothing that names the option. Throws USAGE. */
function demandParent({ images, parent }: DumpOptions): void {
  if (parent === null) return;
  // Without the images there is nothing yet that ".." could start from.
  const path = exists(images) ? `${images}/${parent}` : posix.join(images, parent);
  if (!parent.startsWith('/') && isDirectory(path)) return;
  const why = parent.startsWith('/') ? 'expected a path relative to --image-path' : `no directory "${path}"`;
  throw new RuntimeError('USAGE', `--parent-path "${parent}": ${why}`);
}

/** What an fd is: "pipe:[INODE]", or "file[MOUNT:INODE]" for a file on a mount that the container does not have, or its path. */
function descriptorOf({ pid }: ProcessIdentity, fd: number): string {
  const path = `/proc/${pid}/fd/${fd}`;
  const link = linkOf(path);
  const mount = mountIdIn(`/proc/${pid}/fdinfo/${fd}`);
  const inside = new RegExp(`^${mount} `, 'm').test(readText(`/proc/${pid}/mountinfo`));
  if (!link.startsWith('/') || inside) return link;
  return `file[${mount.toString(16)}:${inodeOf(path).toString(16)}]`;
}

function isFileOf({ pid }: ProcessIdentity, path: string): boolean {
  const at = `/proc/${pid}/root${path}`;
  return exists(at) && !isDirectory(at);
}
