// Rules for callers without root (user_namespaces(7)): what a user namespace of their own does not permit.

import { namespaceOf } from '../namespace/asked.ts';
import { mapsOnly } from '../namespace/id-map.ts';
import { isHostRoot, isRootless } from '../spec/host-facts.ts';
import { problem, type Rule } from './rule.ts';

export const rootlessNeedsUserNamespace: Rule = (config, { caller }) =>
  isRootless(caller) && namespaceOf(config, 'user') === undefined
    ? [
        problem(
          '/linux/namespaces',
          'rootless container requires user namespaces: add {"type": "user"} with mappings, or run slipway as root',
        ),
      ]
    : [];

/** Who writes a map of a single group must deny setgroups(2). */
export const rootlessGroups: Rule = ({ linux = {}, process }, { caller }) => {
  const { additionalGids = [] } = process?.user ?? {};
  if (!isRootless(caller) || additionalGids.length === 0) return [];
  return mapsOnly(linux.gidMappings ?? [], caller.gid)
    ? [
        problem(
          '/process/user/additionalGids',
          'cannot set any additional groups in a rootless container that maps only your own group: map more in /linux/gidMappings',
        ),
      ]
    : [];
};

/** A warning: the kernel takes device filters from root of the host alone. */
export const deviceRulesApply: Rule = ({ linux = {} }, { caller, cgroup }) =>
  isHostRoot(caller) ||
  (cgroup.v2 === null && !cgroup.v1.some(({ controllers }) => controllers.includes('devices'))) ||
  (linux.resources?.devices ?? []).length === 0
    ? []
    : [
        problem(
          '/linux/resources/devices',
          'not applied: only root of the host may filter devices; the container reaches those that you may open, where they are bound into it',
        ),
      ];
