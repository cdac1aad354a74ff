// Writes the table of test/CONFORMANCE.md: for each section of the specification its properties and rules, and the tests that have tags of them.

import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sectionOf } from '../src/spec/diagnostic.ts';
import { alternatives, type Tag, tags } from '../test/support/conformance.ts';
import { properties } from '../test/support/properties.ts';
import { withTable } from './tables.ts';

type Row = {
  readonly section: string;
  /** A property, or a rule. */
  readonly subject: string;
  readonly shows: readonly Tag[];
  readonly refuses: readonly Tag[];
};

export const conformancePath = 'test/CONFORMANCE.md';

/** In the order of the specification. Sections of properties come in the order of the schema. */
const documents: Readonly<Record<string, readonly string[]>> = {
  'bundle.md': [],
  'runtime.md': ['scope-of-a-container', 'state', 'lifecycle', 'errors', 'create', 'start', 'kill', 'delete'],
  'runtime-linux.md': [],
  'config.md': [],
  'config-linux.md': ['default-filesystems'],
  'features.md': [],
};
const specification = 'https://github.com/opencontainers/runtime-spec/blob/v1.3.0';

function conformanceTable(): string {
  const found = rowsOf(tags());
  return Object.keys(documents)
    .map((document) => documentTable(document, found))
    .join('\n');
}

/** Properties first, in the order of the schema; then rules. */
function rowsOf(all: readonly Tag[]): Row[] {
  const places = new Map(properties().map(({ name }, index) => [name, index]));
  const placeOf = ({ rule, subject }: Tag) =>
    rule === null ? (places.get(alternatives(subject)[0] ?? '') ?? 0) : places.size;
  const ordered = all.toSorted((one, other) => placeOf(one) - placeOf(other));
  return [...Map.groupBy(ordered, ({ subject, rule }) => `${subject} ${rule}`).values()].map((group) => {
    const [{ subject, rule } = { subject: '', rule: null }] = group;
    return {
      section: rule === null ? sectionOf(alternatives(subject)[0] ?? '') : subject,
      subject: rule ?? `\`${subject}\``,
      shows: group.filter(({ kind }) => kind === 'shows'),
      refuses: group.filter(({ kind }) => kind === 'refuses'),
    };
  });
}

function documentTable(document: string, rows: readonly Row[]): string {
  const own = rows.filter(({ section }) => section.split('#')[0] === document);
  const first = (documents[document] ?? []).map((anchor) => `${document}#${anchor}`);
  const sections = new Set([...first, ...own.map(({ section }) => section)]);
  const lines = [...sections].flatMap((section) =>
    own
      .filter((row) => row.section === section)
      .map(({ subject, shows, refuses }, index) => {
        const cells = [index === 0 ? link(section) : '', subject, tests(shows), tests(refuses)];
        return `| ${cells.join(' | ')} |\n`;
      }),
  );
  return `| ${document} | | shown by | unsupported values |\n|---|---|---|---|\n${lines.join('')}`;
}

function link(section: string): string {
  const [document = '', anchor = document] = section.split('#');
  return `[${anchor.replaceAll('-', ' ')}](${specification}/${section.includes('#') ? section : document})`;
}

/** Titles by file. */
function tests(found: readonly Tag[]): string {
  return [...Map.groupBy(found, ({ file }) => file)]
    .map(([file, own]) => {
      const titles = own.map(({ title }) => title.replaceAll('|', '\\|').trim()).join('; ');
      const name = file.replace(/^.*\/|\.test\.ts$/g, '');
      return `[${name}](${relative(dirname(conformancePath), file)}): ${titles}`;
    })
    .join('<br>');
}

/** The document with the table as it is now. */
export function withConformance(document: string): string {
  return withTable(document, 'npm run conformance', conformanceTable());
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url))
  writeFileSync(conformancePath, withConformance(readFileSync(conformancePath, 'utf8')));
