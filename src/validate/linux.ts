// Rules about devices and cgroups (config-linux.md#devices, #control-groups).

import { problem, type Rule } from './rule.ts';

export const deviceNumbers: Rule = ({ linux }) =>
  (linux?.devices ?? []).flatMap(({ type, path, major, minor }, index) =>
    type !== 'p' && (major === undefined || minor === undefined)
      ? [problem(`/linux/devices/${index}`, `${path} needs major and minor, as every device of type ${type}`)]
      : [],
  );

const limitsNeed =
  'there are no cgroups that could keep a limit: leave it out, or have cgroups delegated to you, or run slipway as root';

/** Without a cgroup nothing can be limited. Device rules are no limits: what a container may not make it cannot open. */
export const limitsNeedCgroups: Rule = ({ linux }, { cgroup }) => {
  if (cgroup.v1.length > 0 || cgroup.v2 !== null) return [];
  const { devices: _, ...limits } = linux?.resources ?? {};
  return Object.entries(limits).flatMap(([name, value]) =>
    typeof value === 'object' && Object.keys(value).length > 0
      ? [problem(`/linux/resources/${name}`, limitsNeed)]
      : [],
  );
};

/** The root of a hierarchy holds the host itself: nothing may limit, kill or remove that. */
export const cgroupsPathBelowRoot: Rule = ({ linux }) => {
  const path = linux?.cgroupsPath ?? '';
  if (path.split('/').includes('..'))
    return [problem('/linux/cgroupsPath', '".." is not allowed in a cgroup path')];
  return /^[/.]+$/.test(path) ? [problem('/linux/cgroupsPath', 'must name a cgroup below the root')] : [];
};
