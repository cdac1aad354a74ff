// Texts from documents and programs may hold anything: what is shown is one line, and none of it is for a terminal to obey.

const names: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** What a program said, its lines one after the other. */
export function joinLines(said: string): string {
  return said.trim().replaceAll('\n', '; ');
}

/** The text with control characters as escapes, such as `\n` and `\x1b`. */
export function oneLine(text: string): string {
  return text.replaceAll(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
    /[\u0000-\u001f\u007f-\u009f]/g,
    (character) => names[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
