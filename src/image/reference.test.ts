import { expect, test } from 'vitest';
import { parseImageName } from './reference.ts';

test.each([
  ['oci:layout', [], { transport: 'oci', path: 'layout', reference: null }],
  ['oci:layout:v1', [], { transport: 'oci', path: 'layout', reference: 'v1' }],
  ['oci:layout:name:v1', ['layout'], { transport: 'oci', path: 'layout', reference: 'name:v1' }],
  ['oci:a:b:v1', ['a:b'], { transport: 'oci', path: 'a:b', reference: 'v1' }],
  ['oci:a:b', ['a:b'], { transport: 'oci', path: 'a:b', reference: null }],
  ['docker-archive:x.tar:n:t', ['x.tar'], { transport: 'docker-archive', path: 'x.tar', reference: 'n:t' }],
])('%s, where there is %j', (text, there, expected) => {
  expect(parseImageName(text, (path) => there.includes(path))).toEqual(expected);
});

test.each(['layout', 'docker://x', 'oci:', ''])('%j is no image', (text) => {
  expect(() => parseImageName(text, () => false)).toThrow(/is no image/);
});
