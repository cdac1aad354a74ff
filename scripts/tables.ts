// The tables that programs write, in test/CONFORMANCE.md, test/engines/README.md and SECURITY.md: each stands between a comment that names its command and an end.

const end = '\n<!-- end -->\n';

/** The document with this table in the place of the one that the command wrote before. */
export function withTable(document: string, command: string, table: string): string {
  const begin = `<!-- ${command} -->\n\n`;
  const [before, rest = ''] = document.split(begin);
  const [, ...after] = rest.split(end);
  if (after.length === 0) throw new Error(`there is no place for the table of "${command}"`);
  return [before + begin + table, ...after].join(end);
}
