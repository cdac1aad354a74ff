// Rules about devices and cgroups (config-linux.md#devices, #control-groups).

import { problem, type Rule } from './rule.ts';

/** What a device number has room for (makedev(3)): 12 bits and 20 bits. */
const most = { major: 4095, minor: 1048575 } as const;

export const deviceNumbers: Rule = ({ linux }) =>
  (linux?.devices ?? []).flatMap((device, index) => {
    const { type, path, major, minor } = device;
    const at = `/linux/devices/${index}`;
    if (type === 'p') return [];
    if (major === undefined || minor === undefined)
      return [problem(at, `${path} needs major and minor, as every device of type ${type}`)];
    return numberProblems(at, device, 0);
  });

/** -1 is for every number. */
export const deviceRuleNumbers: Rule = ({ linux }) =>
  (linux?.resources?.devices ?? []).flatMap((rule, index) =>
    numberProblems(`/linux/resources/devices/${index}`, rule, -1),
  );

type Numbers = { readonly [name in keyof typeof most]?: number | bigint | undefined };

function numberProblems(at: string, numbers: Numbers, least: number) {
  return (['major', 'minor'] as const).flatMap((name) => {
    const value = numbers[name];
    return value === undefined || (value >= least && value <= most[name])
      ? []
      : [problem(`${at}/${name}`, `expected an integer from ${least} to ${most[name]}, got ${value}`)];
  });
}

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
