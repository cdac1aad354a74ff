// The sizes of huge pages that the kernel has (hugetlbpage in its admin-guide/mm).

import { listDirectories } from './files.ts';

const units = ['KB', 'MB', 'GB'] as const;

/** In the words of config.json and of the hugetlb controller, such as "2MB". */
export function hugePageSizes(): readonly string[] {
  return listDirectories('/sys/kernel/mm/hugepages').flatMap((name) => {
    const kilobytes = /^hugepages-(\d+)kB$/.exec(name)?.[1];
    return kilobytes === undefined ? [] : [sizeName(Number(kilobytes))];
  });
}

function sizeName(kilobytes: number): string {
  let size = kilobytes;
  let unit = 0;
  for (; size >= 1024 && unit + 1 < units.length; unit++) size /= 1024;
  return `${size}${units[unit]}`;
}
