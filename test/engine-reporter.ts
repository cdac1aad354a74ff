// The table in test/engines/README.md of what engines do with runc and with slipway. "npm run engines" writes it; a run in CI that has all
// of those tests fails when the table is not what it saw.

import { globSync, readFileSync, writeFileSync } from 'node:fs';
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { withTable } from '../scripts/tables.ts';

/** The vitest projects in which engines drive runc and slipway. */
const projects = ['engines-runc', 'engines'];

/** Names of the engines in the order of the table, as the outermost "describe" of each file. */
const engines = ['podman', 'docker', 'buildah', 'containerd', 'CRI', 'Swarm', 'Slurm'];

const document = 'test/engines/README.md';

export default class EngineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const seen = projects.map((name) => modules.filter(({ project }) => project.name === name));
    const files = globSync('test/engines/*.test.ts').length;
    const tests = seen.map((found) => found.flatMap((module) => [...module.children.allTests()]));
    const whole = seen.every(({ length }) => length === files) && tests.flat().every(isKnown);
    if (!whole) return;
    const before = readFileSync(document, 'utf8');
    const now = withTable(before, 'npm run engines', engineTable(tests));
    if (process.env.WRITE_ENGINES !== undefined) writeFileSync(document, now);
    else if (process.env.CI !== undefined && now !== before) {
      console.log(`${document}: engines did not do what its table says; "npm run engines" writes it`);
      process.exitCode = 1;
    }
  }
}

/** Whether a test ran, or is known not to pass. */
function isKnown(test: TestCase): boolean {
  const result = test.result();
  return result.state !== 'skipped' || result.note !== undefined;
}

/** @param tests Those of each project. */
function engineTable(tests: readonly (readonly TestCase[])[]): string {
  const [runc, slipway] = tests.map((found) => new Map(found.map((test) => [test.fullName, shown(test)])));
  const seen = [...(slipway ?? [])].map(([name, result]) => {
    const [engine = '', ...feature] = name.split(' > ');
    const cells = [feature.join(' > ').replaceAll('|', '\\|'), runc?.get(name) ?? '', result].join(' | ');
    return { engine, cells };
  });
  const ordered = engines.flatMap((name) => seen.filter(({ engine }) => engine === name));
  const rows = [...Map.groupBy(ordered, ({ cells }) => cells)].map(
    ([cells, found]) => `| ${found.map(({ engine }) => engine).join(', ')} | ${cells} |\n`,
  );
  return `| engine | feature | runc | slipway |\n|---|---|---|---|\n${rows.join('')}`;
}

function shown(test: TestCase): string {
  const result = test.result();
  if (result.state === 'passed') return 'yes';
  return result.state === 'skipped' ? `no: ${result.note}` : 'no';
}
