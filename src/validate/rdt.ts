// Rules about Intel RDT (config-linux.md#intelrdt).

import type { Diagnostic } from '../spec/diagnostic.ts';
import { problem, type Rule } from './rule.ts';

const at = '/linux/intelRdt';

/** Directories of the kernel's own. */
const reserved = ['.', '..', 'info', 'mon_groups', 'mon_data'];

export const rdtFits: Rule = ({ linux }, { resctrl }) => {
  const { intelRdt } = linux ?? {};
  if (intelRdt === undefined) return [];
  if (resctrl === null)
    return [
      problem(
        at,
        'Intel RDT is not there: resctrl is not mounted at /sys/fs/resctrl; mount it, or leave this out',
      ),
    ];
  const { closID = '', memBwSchema = '', schemata = [] } = intelRdt;
  const found: Diagnostic[] = [];
  if (closID !== '/' && (closID.includes('/') || closID.includes('\n') || reserved.includes(closID)))
    found.push(problem(`${at}/closID`, 'expected the name of a directory, or "/" for the default class'));
  if (memBwSchema.includes('\n')) found.push(problem(`${at}/memBwSchema`, 'expected one line'));
  schemata.forEach((line, index) => {
    if (line === '' || line.includes('\n'))
      found.push(problem(`${at}/schemata/${index}`, 'expected one line'));
  });
  return found;
};
