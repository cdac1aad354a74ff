import { expect, test } from 'vitest';
import { hostId, idMapText } from './id-map.ts';

const maps = [
  { containerID: 0, hostID: 1000, size: 10 },
  { containerID: 100, hostID: 5000, size: 1 },
];

test('a map is a line for each range', () => {
  expect(idMapText(maps)).toBe('0 1000 10\n100 5000 1\n');
});

test.each([
  [0, 1000],
  [9, 1009],
  [10, undefined],
  [99, undefined],
  [100, 5000],
  [101, undefined],
])('id %i of the container is %s on the host', (id, host) => {
  expect(hostId(maps, id)).toBe(host);
});
