import { expect, test } from 'vitest';
import { userOf } from './user.ts';

const passwd =
  'root:x:0:0::/root:/bin/sh\nweb:x:1000:1001::/:/bin/sh\n1000:x:0:0::/:/bin/sh\n#no:x:5:5::/:\n';
const group = 'root:x:0:root\nweb:x:1001:\nstaff:x:50:web,other\nwheel:x:10:other,web\n';

test.each([
  ['', { uid: 0, gid: 0, additionalGids: [0] }],
  ['web', { uid: 1000, gid: 1001, additionalGids: [50, 10] }],
  // A name that is a number never wins: root could hide behind it.
  ['1000', { uid: 1000, gid: 1001, additionalGids: [50, 10] }],
  ['1234', { uid: 1234, gid: 0, additionalGids: [] }],
  ['web:staff', { uid: 1000, gid: 50, additionalGids: [] }],
  ['web:77', { uid: 1000, gid: 77, additionalGids: [] }],
  ['7:8', { uid: 7, gid: 8, additionalGids: [] }],
])('%j', (text, expected) => {
  expect(userOf(text, passwd, group)).toEqual(expected);
});

test.each(['nobody', 'web:none', '4294967295', '-1'])('%j is refused', (text) => {
  expect(() => userOf(text, passwd, group)).toThrow(/the image runs as/);
});

test('without files numbers alone count', () => {
  expect(userOf('7', null, null)).toEqual({ uid: 7, gid: 0, additionalGids: [] });
  expect(() => userOf('root', null, null)).toThrow(/no user "root"/);
});
