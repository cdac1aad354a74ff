// Tables as runc prints them: columns at least 12 wide, three spaces between them, none behind the last.

const least = 12;
const gap = 3;

export function formatTable(rows: readonly (readonly string[])[]): string {
  const count = rows[0]?.length ?? 0;
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(least, ...rows.map((row) => (row[column] ?? '').length + gap)),
  );
  return rows
    .map(
      (row) =>
        `${row.map((cell, column) => cell.padEnd(column === count - 1 ? 0 : (widths[column] ?? 0))).join('')}\n`,
    )
    .join('');
}
