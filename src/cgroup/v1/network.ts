// Marks of network packets (config-linux.md#network): controllers net_cls and net_prio, which cgroup v2 does not have.

import type { Resources } from '../../spec/resources.ts';
import { type CgroupWrite, isSet } from '../write.ts';

const from = '/linux/resources/network';

export function networkWrites({ network = {} }: Resources): CgroupWrite[] {
  const { classID, priorities = [] } = network;
  return [
    ...(isSet(classID)
      ? [{ controller: 'net_cls', file: 'net_cls.classid', value: String(classID), from: `${from}/classID` }]
      : []),
    ...priorities.map(
      ({ name, priority }, index): CgroupWrite => ({
        controller: 'net_prio',
        file: 'net_prio.ifpriomap',
        value: `${name} ${priority}`,
        from: `${from}/priorities/${index}`,
        entry: { key: name, unset: `${name} 0` },
      }),
    ),
  ];
}
