// Writes the table of test/CONFORMANCE.md: for each section of the specification its properties and rules, and the tests of them.

import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sectionOf } from '../src/spec/diagnostic.ts';
import { alternatives, listed, located, propertyRows, ruleRows } from '../test/support/conformance.ts';
import { withTable } from './tables.ts';

type Row = { readonly section: string; readonly cells: readonly [string, string, string] };

export const conformancePath = 'test/CONFORMANCE.md';

const documents = [
  'bundle.md',
  'runtime.md',
  'runtime-linux.md',
  'config.md',
  'config-linux.md',
  'features.md',
];
const specification = 'https://github.com/opencontainers/runtime-spec/blob/v1.3.0';

function conformanceTable(): string {
  const rows: Row[] = [
    ...propertyRows.map(([names, shown, impossible]) => ({
      section: sectionOf(alternatives(names)[0] ?? ''),
      cells: [`\`${names}\``, tests(listed(shown)), tests(listed(impossible))] as const,
    })),
    ...ruleRows.map(([section, rule, shown]) => ({
      section,
      cells: [rule, tests(listed(shown)), ''] as const,
    })),
  ];
  return documents.map((document) => documentTable(document, rows)).join('\n');
}

function documentTable(document: string, rows: readonly Row[]): string {
  const own = rows.filter(({ section }) => section.split('#')[0] === document);
  const sections = [...new Set(own.map(({ section }) => section))];
  const lines = sections.flatMap((section) =>
    own
      .filter((row) => row.section === section)
      .map(({ cells }, index) => `| ${[index === 0 ? link(section) : '', ...cells].join(' | ')} |\n`),
  );
  const head = `| ${document} | | shown by | unsupported values |\n|---|---|---|---|\n`;
  return head + lines.join('');
}

function link(section: string): string {
  const [document = '', anchor = document] = section.split('#');
  return `[${anchor.replaceAll('-', ' ')}](${specification}/${section.includes('#') ? section : document})`;
}

/** Titles by file. */
function tests(evidence: readonly string[]): string {
  const files = Map.groupBy(evidence.map(located), ({ file }) => file);
  return [...files]
    .map(([file, found]) => {
      const titles = found.map(({ title }) => title.replaceAll('|', '\\|').trim()).join('; ');
      return `[${file.replace(/^.*\/|\.test\.ts$/g, '')}](${relative(dirname(conformancePath), file)}): ${titles}`;
    })
    .join('<br>');
}

/** The document with the table as it is now. */
export function withConformance(document: string): string {
  return withTable(document, 'npm run conformance', conformanceTable());
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url))
  writeFileSync(conformancePath, withConformance(readFileSync(conformancePath, 'utf8')));
