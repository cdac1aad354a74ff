// PAX records (pax(1)).

import { TarError, type Time } from './entry.ts';

/** Of a record that is an extended attribute. */
export const attributePrefix = 'SCHILY.xattr.';

/** "LENGTH KEY=VALUE\n", where the length counts the whole record. */
export function parsePax(body: Buffer): ReadonlyMap<string, Buffer> {
  const records = new Map<string, Buffer>();
  const regions: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(32, at);
    const digits = space < 0 ? '' : body.toString('latin1', at, space);
    const length = /^[0-9]{1,7}$/.test(digits) ? Number(digits) : 0;
    const end = at + length;
    const equals = body.indexOf(61, space);
    if (
      length === 0 ||
      end > body.length ||
      body[end - 1] !== 10 ||
      equals < 0 ||
      equals >= end ||
      equals === space + 1
    )
      throw new TarError('a PAX header of the archive is malformed');
    const key = body.toString('latin1', space + 1, equals);
    const value = Buffer.from(body.subarray(equals + 1, end - 1));
    if (key.includes('\0') || (!key.startsWith(attributePrefix) && value.includes(0)))
      throw new TarError('a PAX header of the archive has a NUL');
    // Version 0.0 of the sparse format has the same two keys for each region.
    if (key === 'GNU.sparse.offset' || key === 'GNU.sparse.numbytes') regions.push(value);
    else records.set(key, value);
    at = end;
  }
  if (regions.length > 0 && !records.has('GNU.sparse.map'))
    records.set('GNU.sparse.map', Buffer.from(regions.join(',')));
  return records;
}

/** An empty value takes a record back. */
export function filled(value: Buffer | undefined): Buffer | undefined {
  return value === undefined || value.length === 0 ? undefined : value;
}

export function paxNumber(pax: ReadonlyMap<string, Buffer>, key: string): number | undefined {
  const text = filled(pax.get(key))?.toString('latin1');
  if (text === undefined) return undefined;
  const value = /^[0-9]{1,15}$/.test(text) ? Number(text) : -1;
  if (value < 0) throw new TarError(`the PAX record "${key}" of the archive is no number`);
  return value;
}

/** Decimal seconds with a fraction, which may be below 0. */
export function paxTime(pax: ReadonlyMap<string, Buffer>, key: string): Time | null {
  const text = filled(pax.get(key))?.toString('latin1');
  if (text === undefined) return null;
  const [, sign, whole, fraction = ''] = /^(-?)([0-9]{1,15})(?:\.([0-9]*))?$/.exec(text) ?? [];
  if (whole === undefined) throw new TarError(`the PAX record "${key}" of the archive is no time`);
  const nanoseconds = Number(fraction.padEnd(9, '0').slice(0, 9));
  if (sign !== '-') return { seconds: BigInt(whole), nanoseconds };
  return nanoseconds === 0
    ? { seconds: -BigInt(whole), nanoseconds }
    : { seconds: -BigInt(whole) - 1n, nanoseconds: 1_000_000_000 - nanoseconds };
}
