// Stands for the generated validator where nothing is built: it says no to everything, and explain-config.ts has the word.

export function accepts(_document: unknown): boolean {
  return false;
}
