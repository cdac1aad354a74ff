// The table in .github/SECURITY.md of known ways out, and of which runtime holds. "npm run security" writes it, from a run in which
// the peers try every test; a run in CI fails when slipway does not hold what the table says.

import { readFileSync, writeFileSync } from 'node:fs';
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { withTable } from '../scripts/tables.ts';
import { knownEscapes } from './support/known-escapes.ts';

/** Projects by runtime. */
const runtimes = { slipway: 'kernel', runc: 'runc', crun: 'crun' } as const;

const document = '.github/SECURITY.md';

export default class SecurityReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    if (process.env.WRITE_SECURITY === undefined) return;
    const columns = Object.values(runtimes).map((name) =>
      modules
        .filter(({ project }) => project.name === name)
        .flatMap((module) => [...module.children.allTests()]),
    );
    const lines = knownEscapes.map(([ids, what]) => {
      const cells = columns.map((tests) => verdict(tests.filter((test) => isAbout(test, ids))));
      return `| ${ids.join(', ')} | ${what} | ${cells.join(' | ')} |\n`;
    });
    const names = Object.keys(runtimes).join(' | ');
    const table = `| | what | ${names} |\n|---|---|---|---|---|\n${lines.join('')}`;
    writeFileSync(document, withTable(readFileSync(document, 'utf8'), 'npm run security', table));
  }
}

/** Whether a test names one of the ids, as a CVE or as the topic in brackets. */
function isAbout({ fullName }: TestCase, ids: readonly string[]): boolean {
  return ids.some((id) => (id.startsWith('CVE-') ? fullName.includes(id) : fullName.includes(`[${id}]`)));
}

function verdict(tests: readonly TestCase[]): string {
  const states = tests.map((test) => test.result().state).filter((state) => state !== 'skipped');
  if (states.length === 0) return '';
  const broken = states.filter((state) => state === 'failed').length;
  if (broken === 0) return 'holds';
  return broken === states.length ? '**broken**' : `**broken** in ${broken} of ${states.length}`;
}
