import { describe, expect, test } from 'vitest';
import { parseContainerId } from './id.ts';

describe('parseContainerId', () => {
  test.each(['a', 'web-1', 'a_b+c.d', '.hidden', '-x', '0'])('accepts %s', (id) => {
    expect(parseContainerId(id)).toBe(id);
  });

  test('refuses an empty id in runc words', () => {
    expect(() => parseContainerId('')).toThrow('container id cannot be empty');
  });

  test.each(['.', '..', 'a/b', '../x', 'a b', 'ä', 'a\n', 'x'.repeat(1025)])('refuses %j', (id) => {
    expect(() => parseContainerId(id)).toThrow('invalid container ID format');
  });
});
