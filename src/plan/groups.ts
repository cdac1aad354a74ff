// What becomes of the supplementary groups of the caller (setgroups(2)).

import { annotation } from '../spec/annotations.ts';
import type { Config } from '../spec/config.ts';

/**
 * They are set as config.json says; or they stay where that is denied and none are asked for, as in a user namespace that
 * somebody without privileges made (user_namespaces(7)); or they stay.
 */
export type Groups = 'set' | 'stay-if-denied' | 'stay';

/** As the init takes it (init/protocol.ts). */
export const groupsNumber: Readonly<Record<Groups, number>> = { set: 0, 'stay-if-denied': 1, stay: 2 };

/** `mayBeDenied`: the user namespace of the container was not made by root of the host. */
export function groupsOf(config: Config, mayBeDenied: boolean): Groups {
  if (annotation(config, 'keepOriginalGroups') === '1') return 'stay';
  return mayBeDenied ? 'stay-if-denied' : 'set';
}
