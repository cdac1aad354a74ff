// Makes and removes the cgroups of a container, and those above them that nobody else made or needs.

import type { CgroupStep } from '../cgroup/cgroup-steps.ts';
import { directoriesOf } from '../cgroup/container-cgroup.ts';
import { emptyCgroups, removeCgroups, runCgroupStep } from '../host/cgroup.ts';
import { exists, isMissing, removeDirectory } from '../host/files.ts';
import { stopScope } from '../host/systemd.ts';
import { forgetParent, isParentMade, rememberParent } from '../store/cgroup-parents.ts';
import type { SavedState } from '../store/saved-state.ts';

/** How often a parent may go again before the container is in it: others remove theirs meanwhile. */
const attempts = 100;

export function makeCgroups(root: string, steps: readonly CgroupStep[], { cgroupParents }: SavedState): void {
  for (let left = attempts; ; left--) {
    // First: a `create` that is killed leaves nothing unknown.
    for (const path of cgroupParents) if (!exists(path)) rememberParent(root, path);
    try {
      for (const step of steps) runCgroupStep(step);
      return;
    } catch (error) {
      if (left === 0 || !(error instanceof Error) || !isMissing(error.cause)) throw error;
    }
  }
}

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
