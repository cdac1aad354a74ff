// What `update` writes into the cgroups of a container that exists.

import type { Resources } from '../spec/resources.ts';
import { type CgroupWriteStep, into } from './cgroup-steps.ts';
import { type ContainerCgroup, limitsVersion } from './container-cgroup.ts';
import { limitWrites } from './limit-writes.ts';

/** Properties of which one is written from the others too. */
const together: readonly (readonly string[])[] = [
  ['/linux/resources/cpu/quota', '/linux/resources/cpu/period'],
  ['/linux/resources/memory/limit', '/linux/resources/memory/swap'],
];

function isTouched(changed: readonly string[] | 'all', from: string): boolean {
  if (changed === 'all' || changed.includes(from)) return true;
  return together.some((group) => group.includes(from) && group.some((at) => changed.includes(at)));
}

/** `resources` after the change; `changed` are the pointers of the properties that were given. */
export function updateSteps(
  cgroups: readonly ContainerCgroup[],
  resources: Resources,
  changed: readonly string[] | 'all',
): CgroupWriteStep[] {
  const version = limitsVersion(cgroups);
  return cgroups
    .filter((cgroup) => cgroup.version === version)
    .flatMap(({ directory, controllers }) =>
      into(
        directory,
        limitWrites(version, resources).filter(
          ({ controller, from }) => controllers.includes(controller) && isTouched(changed, from),
        ),
      ),
    );
}
