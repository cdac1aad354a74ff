// Intel RDT (config-linux.md#intelrdt): a class of service that shares cache and memory bandwidth, and a group to watch what is
// used, as directories of the resctrl file system (arch/x86/resctrl in the kernel's documentation).

import type { Linux } from '../spec/linux.ts';

type IntelRdt = NonNullable<Linux['intelRdt']>;

/** On the host, before the container process exists. */
export type RdtStep = { readonly from: string } & (
  | {
      readonly op: 'rdtClass';
      readonly path: string;
      /** It is made where it is missing; else it must be there. */
      readonly make: boolean;
      /** Written into a class that is made; one that was there must have the same. */
      readonly schemata: readonly string[];
    }
  | { readonly op: 'rdtMonitor'; readonly path: string }
);

/** On the host, once the process exists. */
export type RdtJoinStep = { readonly op: 'rdtJoin'; readonly from: string; readonly tasks: string };

const pointer = '/linux/intelRdt';

/** Directory of the container's class. `root`: where resctrl is mounted. */
export function classPath({ closID = '' }: IntelRdt, id: string, root: string): string {
  if (closID === '/') return root;
  return `${root}/${closID === '' ? id : closID}`;
}

/** Lines for a schemata file. The bandwidth has a property of its own, which counts more than a line beside the caches. */
export function schemataLines({ l3CacheSchema = '', memBwSchema = '', schemata = [] }: IntelRdt): string[] {
  const caches = l3CacheSchema
    .split('\n')
    .filter((line) => line !== '' && !(memBwSchema !== '' && line.startsWith('MB:')));
  return [...caches, ...(memBwSchema === '' ? [] : [memBwSchema]), ...schemata];
}

/** `root`: null on a host without resctrl, where validation has refused what asks for it. */
export function rdtSteps({ intelRdt }: Linux, id: string, root: string | null): RdtStep[] {
  if (intelRdt === undefined || root === null) return [];
  const path = classPath(intelRdt, id, root);
  const schemata = schemataLines(intelRdt);
  const named = (intelRdt.closID ?? '') !== '';
  return [
    {
      op: 'rdtClass',
      from: named ? `${pointer}/closID` : pointer,
      path,
      make: !named || schemata.length > 0,
      schemata,
    },
    ...(intelRdt.enableMonitoring === true
      ? [
          {
            op: 'rdtMonitor',
            from: `${pointer}/enableMonitoring`,
            path: `${path}/mon_groups/${id}`,
          } as const,
        ]
      : []),
  ];
}

export function rdtJoins(linux: Linux, id: string, root: string | null): RdtJoinStep[] {
  return rdtSteps(linux, id, root).map(({ from, path }) => ({ op: 'rdtJoin', from, tasks: `${path}/tasks` }));
}

/** Whether a schemata file says what lines ask for: every value that they name, as a number of its own base. */
export function hasSchemata(file: string, lines: readonly string[]): boolean {
  const found = new Map(file.split('\n').map(parseSchema));
  return lines.map(parseSchema).every(([resource, values]) => {
    const there = found.get(resource);
    return [...values].every(([domain, value]) => there?.get(domain) === value);
  });
}

/** "L3:0=ff;1=f" or "MB:0=50". Masks of caches are hexadecimal. */
function parseSchema(line: string): [resource: string, values: Map<string, number>] {
  const [resource = '', values = ''] = line.trim().split(':');
  const base = resource === 'MB' ? 10 : 16;
  return [
    resource,
    new Map(
      values.split(';').map((entry) => {
        const [domain = '', value = ''] = entry.split('=');
        return [domain, Number.parseInt(value, base)];
      }),
    ),
  ];
}
