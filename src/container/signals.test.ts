import { describe, expect, test } from 'vitest';
import { parseSignal } from './signals.ts';

describe('parseSignal', () => {
  test.each([
    ['KILL', 9],
    ['SIGKILL', 9],
    ['sigterm', 15],
    ['15', 15],
    ['SYS', 31],
    ['SIGPOLL', 29],
    ['RTMIN', 34],
    ['SIGRTMIN+3', 37],
    ['RTMAX-1', 63],
    ['64', 64],
    ['0', 0],
  ])('%s is %i', (text, number) => {
    expect(parseSignal(text)).toBe(number);
  });

  test.each(['', 'NOPE', '00', '65', '-9', 'RTMIN-1', 'RTMAX+1', '9x'])('refuses %j', (text) => {
    expect(() => parseSignal(text)).toThrow(`unknown signal ${JSON.stringify(text)}`);
  });
});
