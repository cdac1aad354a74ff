// What crun 1.8 needs of the host, and what it does to it. It refuses a hybrid host whose v2 tree still holds a controller:
// hugetlb can be moved to a v1 hierarchy by mounting it. And it gives /dev/null to the root of a user namespace.

import { chownSync, existsSync, readFileSync, statSync } from 'node:fs';
import { isMounted, mountHierarchy, unmountHierarchies } from './hierarchy.ts';

const controllers = '/sys/fs/cgroup/unified/cgroup.controllers';

/** Makes the host fit for crun, with no other hierarchy of an earlier run; the returned function undoes it. */
export function makeHostFitForCrun(): () => void {
  unmountHierarchies();
  // One that outlived its mount is in neither place.
  const inV2 = existsSync(controllers) ? readFileSync(controllers, 'utf8').trim() : null;
  const needed = (inV2 === 'hugetlb' || inV2 === '') && !isMounted('hugetlb');
  const { uid, gid } = statSync('/dev/null');
  if (needed) mountHierarchy('hugetlb');
  return () => {
    chownSync('/dev/null', uid, gid);
    unmountHierarchies();
  };
}
