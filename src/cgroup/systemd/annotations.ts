// Properties of the scope that a config asks for: annotations `org.systemd.property.NAME` with a value in the text format of
// GVariant, as the peers take them.

import { type Diagnostic, pointer } from '../../spec/diagnostic.ts';
import type { UnitProperty } from './properties.ts';
import { parseVariant, type Variant } from './variant.ts';

const prefix = 'org.systemd.property.';

export type AnnotatedProperties = {
  readonly properties: readonly UnitProperty[];
  readonly problems: Diagnostic[];
};

export function annotatedProperties(annotations: Readonly<Record<string, string>> = {}): AnnotatedProperties {
  const problems: Diagnostic[] = [];
  const properties: UnitProperty[] = [];
  for (const [key, text] of Object.entries(annotations)) {
    if (!key.startsWith(prefix)) continue;
    const found = propertyOf(key.slice(prefix.length), text);
    if (typeof found !== 'string') properties.push(found);
    else
      problems.push({
        pointer: pointer(['annotations', key]),
        message: found,
        ref: 'systemd.scope(5)',
      });
  }
  return { properties, problems };
}

/** A property, or what is wrong with it. */
function propertyOf(name: string, text: string): UnitProperty | string {
  if (!/^[a-zA-Z]{3,}$/.test(name))
    return `"${name}" is no name of a property: expected letters, three or more`;
  const value = parseVariant(text);
  if (value === null)
    return `expected a value in the text format of GVariant, such as 'text', true, uint64 5 or ['a', 'b'], not ${text}`;
  if (!/[a-z]Sec$/.test(name)) return { name, ...value };
  const micros = inMicroseconds(value);
  return micros === null
    ? `expected a number of seconds that is not negative, not ${text}`
    : { name: name.replace(/Sec$/, 'USec'), signature: 't', values: [micros] };
}

/** systemd has times in microseconds alone; a name that ends in Sec is for people. */
function inMicroseconds({ signature, values }: Variant): string | null {
  const [value = ''] = values;
  if (!/^[nqiuxtd]$/.test(signature) || value.startsWith('-')) return null;
  return signature === 'd'
    ? String(BigInt(Math.round(Number(value) * 1_000_000)))
    : String(BigInt(value) * 1_000_000n);
}
