// Network devices of the host that go to a container (config-linux.md#network-devices).

import { pointer } from '../spec/diagnostic.ts';
import type { Linux } from '../spec/linux.ts';

/** What slipway does on the host once the container process is in its network namespace. */
export type NetDeviceStep = {
  readonly from: string;
  readonly op: 'netDevice';
  /** On the host, and in the container; there `%d` stands for the first number that is free. */
  readonly device: string;
  readonly name: string;
};

export function netDeviceSteps({ netDevices = {} }: Linux): NetDeviceStep[] {
  return Object.entries(netDevices).map(([device, { name = '' }]) => ({
    from: pointer(['linux', 'netDevices', device]),
    op: 'netDevice',
    device,
    name: name === '' ? device : name,
  }));
}

/** As the kernel takes a name (dev_valid_name). */
export function isDeviceName(name: string): boolean {
  return name.length < 16 && name !== '.' && name !== '..' && /^[^\s/:]+$/.test(name);
}
