// Device access on cgroup v1 (config-linux.md#allowed-device-list).

import type { Resources } from '../../spec/resources.ts';
import { type DeviceRule, defaultRules } from '../device-rules.ts';
import type { CgroupWrite } from '../write.ts';

/** Everything is denied first; then the rules in order, then the default devices. */
export function deviceWrites({ devices }: Resources): CgroupWrite[] {
  const denyAll: DeviceRule = { allow: false };
  return [
    rule(denyAll, 'config-linux.md#allowed-device-list'),
    ...(devices ?? []).map((device, index) => rule(device, `/linux/resources/devices/${index}`)),
    ...defaultRules.map((device) => rule(device, 'config-linux.md#default-devices')),
  ];
}

function rule(device: DeviceRule, from: string): CgroupWrite {
  return {
    controller: 'devices',
    file: device.allow ? 'devices.allow' : 'devices.deny',
    value: ruleText(device),
    from,
  };
}

/** "c 1:3 rwm"; "a" stands for every device and access. */
function ruleText({ type = 'a', major, minor, access = 'rwm' }: DeviceRule): string {
  if (type === 'a' || type === '') return 'a';
  return `${type} ${number(major)}:${number(minor)} ${access}`;
}

function number(value: number | bigint | undefined): string {
  return value === undefined || value < 0 ? '*' : String(value);
}
