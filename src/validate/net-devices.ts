// Rules about network devices (config-linux.md#network-devices).

import { namespaceOf } from '../namespace/asked.ts';
import { isDeviceName, netDeviceSteps } from '../network/net-devices.ts';
import { isRootless } from '../spec/host-facts.ts';
import { problem, type Rule, repeated } from './rule.ts';

export const netDevicesCanMove: Rule = (config, { caller }) => {
  const steps = netDeviceSteps(config.linux ?? {});
  if (steps.length === 0) return [];
  const at = '/linux/netDevices';
  if (namespaceOf(config, 'network') === undefined)
    return [
      problem(at, 'needs a network namespace to move them to: add {"type": "network"} to /linux/namespaces'),
    ];
  if (isRootless(caller)) return [problem(at, 'only root can move devices of the host; run slipway as root')];
  return [
    ...steps.flatMap(({ from, device, name }) => [
      ...(isDeviceName(device) ? [] : [problem(from, 'no name of a network device')]),
      ...(isDeviceName(name)
        ? []
        : [problem(`${from}/name`, `${JSON.stringify(name)} is no name of a network device`)]),
    ]),
    ...repeated(
      steps.filter(({ name }) => !name.includes('%d')),
      ({ name }) => name,
    ).map(({ key }) => problem(at, `two devices cannot both be ${JSON.stringify(key)}`)),
  ];
};
