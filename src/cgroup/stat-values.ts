// Reading the files of cgroups. Numbers have 64 bits and no sign: bigints.

/** "name number" lines (flat keyed files), by name. */
export function keyedNumbers(text: string | null): ReadonlyMap<string, bigint> {
  const found = [...(text ?? '').matchAll(/^(\S+) (\d+)$/gm)];
  return new Map(found.map(([, name = '', value = '0']) => [name, BigInt(value)]));
}

const unlimited = (1n << 64n) - 1n;

/** A single number; "max" is the highest one. 0 without the file. */
export function numberIn(text: string | null): bigint {
  const value = (text ?? '').trim();
  if (value === 'max') return unlimited;
  return /^\d+$/.test(value) ? BigInt(value) : 0n;
}

/** Like numberIn, where no limit counts as 0. */
export function limitIn(text: string | null): bigint {
  const value = numberIn(text);
  return value === unlimited ? 0n : value;
}

/** "0-2,5" as numbers. */
export function listIn(text: string | null): readonly number[] {
  return (text ?? '')
    .trim()
    .split(',')
    .filter((part) => part !== '')
    .flatMap((part) => {
      const [first = 0, last = first] = part.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
}

/** The members that are not 0 and not empty: runc leaves those out that it marks with omitempty. */
export function filled(members: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(members).filter(
      ([, value]) => value !== 0n && value !== '' && !(Array.isArray(value) && value.length === 0),
    ),
  );
}

/** Sorted by name, as Go writes a map. */
export function sorted(values: ReadonlyMap<string, bigint>): Readonly<Record<string, bigint>> {
  return Object.fromEntries([...values].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Huge pages by their size, sorted. `entry` is asked for the files with a prefix: of reservations, which fail where an
 * allocation would end the program, else of allocations; null where there are none.
 */
export function perPageSize(
  sizes: readonly string[],
  entry: (prefix: string, size: string) => Readonly<Record<string, unknown>> | null,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    sizes.toSorted().flatMap((size) => {
      const found = entry(`hugetlb.${size}.rsvd`, size) ?? entry(`hugetlb.${size}`, size);
      return found === null ? [] : [[size, found]];
    }),
  );
}

/** An entry for a device: a number, and what it counts. */
export function blockIoEntry(device: string, op: string, value: bigint): Readonly<Record<string, unknown>> {
  const [major = '0', minor = '0'] = device.split(':');
  return filled({ major: BigInt(major), minor: BigInt(minor), op, value });
}
