// Whether a container may have cgroups that are there already.

import type { Freezer } from '../../cgroup/cgroup-steps.ts';
import { RuntimeError } from '../../error/error.ts';
import { readTextIfThere } from '../files.ts';
import { processesIn } from './membership.ts';

/** Throws when a process is in one of them already: it would be counted, limited and killed with the container. */
export function demandEmpty(directories: readonly string[]): void {
  for (const directory of directories) {
    const found = processesIn(directory).length;
    if (found === 0) continue;
    throw new RuntimeError(
      'SYSTEM',
      `/linux/cgroupsPath: container's cgroup is not empty: ${found} process(es) found in "${directory}"; choose another`,
      { ref: '/linux/cgroupsPath' },
    );
  }
}

/** Throws when a cgroup is frozen, or one above it: what joins it would never get on. */
export function demandThawed(freezers: readonly Freezer[]): void {
  for (const { file, frozen } of freezers) {
    const at = file.lastIndexOf('/');
    const name = file.slice(at);
    for (let directory = file.slice(0, at); directory.length > 1; directory = above(directory)) {
      const found = readTextIfThere(`${directory}${name}`)?.trim();
      if (found !== frozen && found !== 'FREEZING') continue;
      throw new RuntimeError(
        'SYSTEM',
        `/linux/cgroupsPath: container's cgroup unexpectedly frozen: "${directory}" is; thaw it, or choose another`,
        { ref: '/linux/cgroupsPath' },
      );
    }
  }
}

export function above(directory: string): string {
  return directory.slice(0, directory.lastIndexOf('/'));
}
