// crun refuses a hybrid host whose v2 tree still holds a controller. hugetlb can be moved to a v1 hierarchy by mounting it.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs';

const controllers = '/sys/fs/cgroup/unified/cgroup.controllers';
const hierarchy = '/sys/fs/cgroup/hugetlb';

/** Makes the host fit for crun; the returned function undoes it. */
export function makeHostFitForCrun(): () => void {
  const needed = existsSync(controllers) && readFileSync(controllers, 'utf8').trim() === 'hugetlb';
  if (!needed) return () => undefined;
  mkdirSync(hierarchy, { recursive: true });
  mount('mount', '-t', 'cgroup', '-o', 'hugetlb', 'hugetlb', hierarchy);
  return () => {
    mount('umount', hierarchy);
    rmdirSync(hierarchy);
  };
}

function mount(command: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
}
