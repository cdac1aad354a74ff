// Signal names and numbers (signal(7), x86 and arm).

import { RuntimeError } from '../error/error.ts';

const names =
  'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS'.split(
    ' ',
  );
const aliases: Readonly<Record<string, number>> = { IOT: 6, CLD: 17, POLL: 29 };
const rtMin = 34;
const rtMax = 64;

/** Number of a signal given as a number or name, with or without SIG, in any case. 0 asks whether the process is there. Throws USAGE. */
export function parseSignal(text: string): number {
  const name = text.toUpperCase().replace(/^SIG/, '');
  const number = /^\d+$/.test(text)
    ? Number(text)
    : (realtime(name) ?? aliases[name] ?? names.indexOf(name) + 1);
  if (number < 0 || number > rtMax || (number === 0 && text !== '0'))
    throw new RuntimeError('USAGE', `unknown signal ${JSON.stringify(text)}`);
  return number;
}

function realtime(name: string): number | undefined {
  const match = /^RT(MIN|MAX)(?:([+-])(\d+))?$/.exec(name);
  if (match === null) return undefined;
  const [, base, sign, offset = '0'] = match;
  const number = (base === 'MIN' ? rtMin : rtMax) + (sign === '-' ? -1 : 1) * Number(offset);
  return number < rtMin || number > rtMax ? 0 : number;
}
