// Files of cgroup v2 by their own names (config-linux.md#unified).

import { pointer } from '../../spec/diagnostic.ts';
import type { Resources } from '../../spec/resources.ts';
import type { CgroupWrite } from '../write.ts';

/** In the order of the document, and after everything else: the last value counts. */
export function unifiedWrites({ unified = {} }: Resources): CgroupWrite[] {
  return Object.entries(unified).map(([file, value]) => ({
    controller: controllerOf(file),
    file,
    value,
    from: pointer(['linux', 'resources', 'unified', file]),
  }));
}

/** Empty for a file that every cgroup has. */
function controllerOf(file: string): string {
  const [name = ''] = file.split('.', 1);
  return name === 'cgroup' ? '' : name;
}
