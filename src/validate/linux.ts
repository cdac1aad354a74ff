// Rules about devices and cgroups (config-linux.md#devices, #control-groups).

import { problem, type Rule } from './rule.ts';

export const deviceNumbers: Rule = ({ linux }) =>
  (linux?.devices ?? []).flatMap(({ type, path, major, minor }, index) =>
    type !== 'p' && (major === undefined || minor === undefined)
      ? [problem(`/linux/devices/${index}`, `${path} needs major and minor, as every device of type ${type}`)]
      : [],
  );

/** The root of a hierarchy holds the host itself: nothing may limit, kill or remove that. */
export const cgroupsPathBelowRoot: Rule = ({ linux }) => {
  const path = linux?.cgroupsPath ?? '';
  if (path.split('/').includes('..'))
    return [problem('/linux/cgroupsPath', '".." is not allowed in a cgroup path')];
  return /^[/.]+$/.test(path) ? [problem('/linux/cgroupsPath', 'must name a cgroup below the root')] : [];
};
