// The parts of a sparse file that have data.

import { type Region, TarError } from './entry.ts';
import { block, longestRecord, number } from './fields.ts';

/** Null while there is more to come. The first line counts the regions, each of which has two. */
export function parseSparseLines(text: string): readonly Region[] | null {
  const [count = '', ...rest] = text.split('\n');
  if (!text.includes('\n')) {
    if (text.length > block) throw new TarError('a sparse map of the archive is malformed');
    return null;
  }
  const wanted = 2 * sparseNumber(count);
  if (wanted > longestRecord) throw new TarError('a sparse map of the archive is too long');
  // What stands behind the last line break is not whole.
  return rest.length - 1 < wanted ? null : pairs(rest.slice(0, wanted).map(sparseNumber));
}

export function sparseRegions(bytes: Buffer, at: number, count: number): readonly Region[] {
  const numbers: number[] = [];
  for (let index = 0; index < count; index++) {
    const start = at + 24 * index;
    // The list ends at a pair without digits.
    if (bytes[start] === 0) break;
    numbers.push(number(bytes, start, 12, 'sparse map'), number(bytes, start + 12, 12, 'sparse map'));
  }
  return pairs(numbers);
}

export function sparseNumber(digits: string): number {
  const value = /^[0-9]{1,15}$/.test(digits) ? Number(digits) : -1;
  if (value < 0) throw new TarError('a sparse map of the archive is malformed');
  return value;
}

export function pairs(numbers: readonly number[]): readonly Region[] {
  if (numbers.length % 2 !== 0) throw new TarError('a sparse map of the archive is malformed');
  return Array.from({ length: numbers.length / 2 }, (_, index) => ({
    offset: numbers[2 * index] ?? 0,
    length: numbers[2 * index + 1] ?? 0,
  }));
}

export function checkRegions(name: string, regions: readonly Region[], stored: number, size: number): void {
  let end = 0;
  let total = 0;
  for (const { offset, length } of regions) {
    if (offset < end || length < 0 || offset + length > size)
      throw new TarError(`${name}: the regions of its sparse map overlap, or reach behind its end`);
    end = offset + length;
    total += length;
  }
  if (total !== stored)
    throw new TarError(`${name}: its sparse map is about ${total} bytes, and ${stored} follow`);
}
