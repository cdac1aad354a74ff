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
  ])('keeps %s', async (text, value) => {
    expect(await parseJson(`{"n":[${text}]}`, 'x')).toEqual({ n: [value] });
  });

  test.each([
    ['{"a":', 'line 1, column 6: value expected'],
    ['{\n  "a": 1,\n  "b" 2\n}', 'line 3, column 7: colon expected'],
    ['{"a": 1,}', 'line 1, column 9: property name expected'],
    ['{"a": 1} x', 'line 1, column 10: invalid symbol'],
    ['', 'line 1, column 1: value expected'],
    ['// c\n{}', 'line 1, column 1: invalid comment token'],
    ['{"a": "b\nc"}', 'line 1, column 7: unexpected end of string'],
  ])('says where %j is wrong', async (text, where) => {
    await expect(parseJson(text, 'config.json')).rejects.toThrow(`config.json is not JSON: ${where}`);
  });
});

test('formatJson writes 64-bit numbers as numbers', async () => {
  const text = '{"rlimit":18446744073709551615,"list":[-9223372036854775808,1]}';
  expect(formatJson(await parseJson(text, 'x'))).toBe(text);
});
