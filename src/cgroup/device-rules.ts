// The device rules that every container gets after its own, as runc gives them.

import type { Resources } from '../spec/resources.ts';

export type DeviceRule = NonNullable<Resources['devices']>[number];

function allow(
  type: 'c' | 'b',
  major: number | undefined,
  minor: number | undefined,
  access = 'rwm',
): DeviceRule {
  return {
    allow: true,
    type,
    access,
    ...(major === undefined ? {} : { major }),
    ...(minor === undefined ? {} : { minor }),
  };
}

/** Nodes may be made, but only these may be opened: null random full tty zero urandom, terminals, ptmx. */
export const defaultRules: readonly DeviceRule[] = [
  allow('c', undefined, undefined, 'm'),
  allow('b', undefined, undefined, 'm'),
  allow('c', 1, 3),
  allow('c', 1, 8),
  allow('c', 1, 7),
  allow('c', 5, 0),
  allow('c', 1, 5),
  allow('c', 1, 9),
  allow('c', 136, undefined),
  allow('c', 5, 2),
];
