import { describe, expect, test } from 'vitest';
import { formatJson, parseJson } from './json.ts';

describe('parseJson', () => {
  test.each([
    ['9007199254740991', 9007199254740991],
    ['9007199254740993', 9007199254740993n],
    ['18446744073709551615', 18446744073709551615n],
    ['-9223372036854775808', -9223372036854775808n],
    ['1.5', 1.5],
    ['1e3', 1000],
  ])('keeps %s', (text, value) => {
    expect(parseJson(`{"n":[${text}]}`, 'x')).toEqual({ n: [value] });
  });

  test('names the document and the reason of a syntax error', () => {
    expect(() => parseJson('{"a":', 'config.json')).toThrow(/^config\.json is not JSON: ./);
  });
});

test('formatJson writes 64-bit numbers as numbers', () => {
  const text = '{"rlimit":18446744073709551615,"list":[-9223372036854775808,1]}';
  expect(formatJson(parseJson(text, 'x'))).toBe(text);
});
