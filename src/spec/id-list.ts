// Lists of CPUs and of memory nodes, as the kernel writes them: "0-3,7" (cpuset(7), List format).

/** More than any kernel has CPUs. */
const most = 8192;

/** The numbers; null for what is no list. */
export function parseIdList(text: string): number[] | null {
  if (text.trim() === '') return [];
  const ranges = text.split(',').map((range) => /^\s*(\d+)(?:-(\d+))?\s*$/.exec(range));
  const numbers: number[] = [];
  for (const range of ranges) {
    if (range === null) return null;
    const first = Number(range[1]);
    const last = Number(range[2] ?? range[1]);
    if (last < first || last >= most) return null;
    for (let number = first; number <= last; number++) numbers.push(number);
  }
  return numbers;
}

/** A bit a number, in whole words of 64 bits, as sched_setaffinity(2) and set_mempolicy(2) take them. */
export function bitMask(numbers: readonly number[]): Uint8Array {
  const words = Math.ceil((Math.max(...numbers, 0) + 1) / 64);
  const bytes = new Uint8Array(words * 8);
  for (const number of numbers) bytes[number >> 3] = (bytes[number >> 3] ?? 0) | (1 << (number & 7));
  return bytes;
}
