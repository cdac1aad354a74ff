// What crun 1.8 needs of the host, and what it does to it. It refuses a hybrid host whose v2 tree still holds a controller:
// hugetlb can be moved to a v1 hierarchy by mounting it. And it gives /dev/null to the root of a user namespace.

import { chownSync, existsSync, readFileSync, statSync } from 'node:fs';
import { mountHierarchy, unmountHierarchies } from './hierarchy.ts';

const controllers = '/sys/fs/cgroup/unified/cgroup.controllers';

/** Makes the host fit for crun, with no other hierarchy of an earlier run; the returned function undoes it. */
export function makeHostFitForCrun(): () => void {
  // One that was just unmounted cannot be mounted again at once.
  unmountHierarchies('hugetlb');
  // One that outlived its mount is in neither place.
  const inV2 = existsSync(controllers) ? readFileSync(controllers, 'utf8').trim() : null;
  const inV1 = / - cgroup .*\bhugetlb\b/.test(readFileSync('/proc/self/mountinfo', 'utf8'));
  const needed = (inV2 === 'hugetlb' || inV2 === '') && !inV1;
  const { uid, gid } = statSync('/dev/null');
  if (needed) mountHierarchy('hugetlb');
  return () => {
    chownSync('/dev/null', uid, gid);
    unmountHierarchies();
  };
}
