// Rules about devices and cgroups (config-linux.md#devices, #control-groups).

import { problem, type Rule } from './rule.ts';

export const deviceNumbers: Rule = ({ linux }) =>
  (linux?.devices ?? []).flatMap(({ type, path, major, minor }, index) =>
    type !== 'p' && (major === undefined || minor === undefined)
      ? [problem(`/linux/devices/${index}`, `${path} needs major and minor, as every device of type ${type}`)]
      : [],
  );

export const cgroupsPathStays: Rule = ({ linux }) =>
  linux?.cgroupsPath?.split('/').includes('..') === true
    ? [problem('/linux/cgroupsPath', '".." is not allowed in a cgroup path')]
    : [];

/** v2 has no rule files: its device rules are a program, which slipway does not make yet. */
export const deviceRulesOnV2: Rule = ({ linux }, { cgroup }) =>
  cgroup.v1.length === 0 && (linux?.resources?.devices ?? []).length > 0
    ? [problem('/linux/resources/devices', 'not executed yet on cgroup v2')]
    : [];
