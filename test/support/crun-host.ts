// What crun 1.8 needs of the host, and what it does to it. It refuses a hybrid host whose v2 tree still holds a controller:
// hugetlb can be moved to a v1 hierarchy by mounting it. And it gives /dev/null to the root of a user namespace.

import { chownSync, existsSync, readFileSync, statSync } from 'node:fs';
import { mountHierarchy } from './hierarchy.ts';

const controllers = '/sys/fs/cgroup/unified/cgroup.controllers';

/** Makes the host fit for crun; the returned function undoes it. */
export function makeHostFitForCrun(): () => void {
  const needed = existsSync(controllers) && readFileSync(controllers, 'utf8').trim() === 'hugetlb';
  const { uid, gid } = statSync('/dev/null');
  const unmount = needed ? mountHierarchy('hugetlb') : () => undefined;
  return () => {
    chownSync('/dev/null', uid, gid);
    unmount();
  };
}
