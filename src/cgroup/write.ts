// What limits come to: values for files of a controller. Pure; host/cgroup.ts writes them.

export type CgroupWrite = {
  /** v1: tells the hierarchy. */
  readonly controller: string;
  readonly file: string;
  readonly value: string;
  /** JSON pointer of the property. */
  readonly from: string;
  /** Where the host has no such file. */
  readonly otherwise?: { readonly file: string; readonly value: string };
  /** Of a file with a line for each of several things: which one, and what takes it off. */
  readonly entry?: { readonly key: string; readonly unset: string };
  /** What must be read afterwards, the value or no more than it: for some files the kernel takes a value and keeps another. */
  readonly keeps?: 'value' | 'at most';
  /** Nothing is written where the host has no such file. */
  readonly optional?: true;
};

/** Whether a limit is asked for: 0 asks for nothing, as in the peers. */
export function isSet(value: number | bigint | undefined): value is number | bigint {
  return value !== undefined && value !== 0;
}

type Rule = 'even 0' | Pick<CgroupWrite, 'keeps'>;

/** Writes for the properties that are there: file by property, in the order of the table. 0 asks for nothing, as in the peers, but for some. */
export function writesFor<T extends object>(
  controller: string,
  from: string,
  values: T | undefined,
  files: readonly (readonly [property: keyof T & string, file: string, rule?: Rule])[],
): CgroupWrite[] {
  if (values === undefined) return [];
  return files.flatMap(([property, file, rule]) => {
    const value = values[property];
    const asksForNothing = (value === 0 || value === false) && rule !== 'even 0';
    if (value === undefined || asksForNothing) return [];
    const text = typeof value === 'boolean' ? String(Number(value)) : String(value);
    const write = { controller, file, value: text, from: `${from}/${property}` };
    return [rule === undefined || rule === 'even 0' ? write : { ...write, ...rule }];
  });
}
