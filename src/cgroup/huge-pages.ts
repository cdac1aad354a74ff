// Limits of huge pages (config-linux.md#huge-page-limits). Those of reservations bite when memory is mapped, the others when it is
// used, with SIGBUS; older kernels have the others alone.

import type { Resources } from '../spec/resources.ts';
import type { CgroupWrite } from './write.ts';

const names = { 1: 'limit_in_bytes', 2: 'max' } as const;

export function hugePageWrites(version: 1 | 2): (resources: Resources) => CgroupWrite[] {
  return ({ hugepageLimits = [] }) =>
    hugepageLimits.flatMap(({ pageSize, limit }, index): CgroupWrite[] => {
      const write = {
        controller: 'hugetlb',
        value: String(limit),
        from: `/linux/resources/hugepageLimits/${index}`,
      };
      return [
        { ...write, file: `hugetlb.${pageSize}.${names[version]}` },
        { ...write, file: `hugetlb.${pageSize}.rsvd.${names[version]}`, optional: true },
      ];
    });
}
