// RDMA resources (config-linux.md#rdma), the same on v1 and v2.

import { pointer } from '../spec/diagnostic.ts';
import type { Resources } from '../spec/resources.ts';
import type { CgroupWrite } from './write.ts';

export function rdmaWrites({ rdma = {} }: Resources): CgroupWrite[] {
  return Object.entries(rdma).map(([device, { hcaHandles, hcaObjects }]) => ({
    controller: 'rdma',
    file: 'rdma.max',
    value: [
      device,
      ...(hcaHandles === undefined ? [] : [`hca_handle=${hcaHandles}`]),
      ...(hcaObjects === undefined ? [] : [`hca_object=${hcaObjects}`]),
    ].join(' '),
    from: pointer(['linux', 'resources', 'rdma', device]),
    entry: { key: device, unset: `${device} hca_handle=max hca_object=max` },
  }));
}
