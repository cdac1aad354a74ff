/** Sixteen hexadecimal digits that nobody can know before. */
export function randomDigits(): string {
  const bytes = [...crypto.getRandomValues(new Uint8Array(8))];
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
