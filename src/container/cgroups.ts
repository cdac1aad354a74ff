// Removes the cgroups of a container, and those above them that nobody else made or needs.

import { directoriesOf } from '../cgroup/container-cgroup.ts';
import { emptyCgroups, removeCgroups } from '../host/cgroup/removal.ts';
import { removeDirectory } from '../host/file-changes.ts';
import { exists } from '../host/files.ts';
import { stopScope } from '../host/systemd.ts';
import { forgetParent, isParentMade } from '../store/cgroup-parents.ts';
import type { SavedState } from '../store/saved-state.ts';

/** systemd removes the cgroup of a scope, which it must notice to be empty. */
async function removeScope(scope: string, directories: readonly string[]): Promise<void> {
  emptyCgroups(directories);
  if (directories.some(exists)) await stopScope(scope);
  removeCgroups(directories);
}

/** A parent that was there before stays; so does one that somebody else uses by now, until that container goes. */
export async function removeCgroupsOf(
  root: string,
  { scope, cgroups, cgroupParents }: SavedState,
): Promise<void> {
  const directories = directoriesOf(cgroups);
  if (scope === null) removeCgroups(directories);
  else await removeScope(scope, directories);
  for (const path of cgroupParents) {
    if (isParentMade(root, path) && removeDirectory(path) === null) forgetParent(root, path);
  }
}
