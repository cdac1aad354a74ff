// Whose the cgroup is that a container may divide (config-linux.md#cgroup-ownership).

import type { CgroupPlan, CgroupStep } from '../cgroup/cgroup-steps.ts';
import { unifiedOf } from '../cgroup/container-cgroup.ts';
import { isNew, namespaceOf } from '../namespace/asked.ts';
import { hostId } from '../namespace/id-map.ts';
import type { Config } from '../spec/config.ts';
import type { HostFacts } from '../spec/host-facts.ts';
import { isHostRoot } from '../spec/host-facts.ts';

/**
 * On v2 alone the cgroup goes to the program's user, when the container has a cgroup namespace of its own and its cgroup mounted
 * to write to. Only root can give it away; somebody else's is for the root of that container already.
 */
export function ownerSteps(
  config: Config,
  { cgroups }: CgroupPlan,
  { caller, cgroup }: HostFacts,
): CgroupStep[] {
  const unified = unifiedOf(cgroups);
  const uid = programUid(config);
  const stays = cgroup.v1.length > 0 || !isHostRoot(caller) || uid === undefined || uid === caller.uid;
  if (stays || unified === undefined || !isNew(config, 'cgroup')) return [];
  const mount = (config.mounts ?? []).findIndex(isWritableCgroup);
  return mount < 0 ? [] : [{ op: 'cgroupOwner', from: `/mounts/${mount}`, path: unified.directory, uid }];
}

/** On the host; undefined for one that has no id there. */
function programUid(config: Config): number | undefined {
  const uid = config.process?.user?.uid ?? 0;
  return namespaceOf(config, 'user') === undefined ? uid : hostId(config.linux?.uidMappings ?? [], uid);
}

function isWritableCgroup({
  destination,
  type,
  options = [],
}: NonNullable<Config['mounts']>[number]): boolean {
  return (
    destination === '/sys/fs/cgroup' && (type === 'cgroup' || type === 'cgroup2') && !options.includes('ro')
  );
}
