// What crun 1.8 needs of the host, and what it does to it. It refuses a hybrid host whose v2 tree still holds a controller:
// hugetlb can be moved to a v1 hierarchy by mounting it. And it gives /dev/null to the root of a user namespace.

import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readFileSync, rmdirSync, statSync } from 'node:fs';

const controllers = '/sys/fs/cgroup/unified/cgroup.controllers';
const hierarchy = '/sys/fs/cgroup/hugetlb';

/** Makes the host fit for crun; the returned function undoes it. */
export function makeHostFitForCrun(): () => void {
  const needed = existsSync(controllers) && readFileSync(controllers, 'utf8').trim() === 'hugetlb';
  const { uid, gid } = statSync('/dev/null');
  if (needed) {
    mkdirSync(hierarchy, { recursive: true });
    mount('mount', '-t', 'cgroup', '-o', 'hugetlb', 'hugetlb', hierarchy);
  }
  return () => {
    chownSync('/dev/null', uid, gid);
    if (!needed) return;
    mount('umount', hierarchy);
    rmdirSync(hierarchy);
  };
}

function mount(command: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
}
