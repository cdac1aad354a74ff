// The README's table of what engines do with runc and with slipway. "npm run engines" writes it; a run in CI that has all
// of those tests fails when the table is not what it saw.

import { globSync, readFileSync, writeFileSync } from 'node:fs';
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { withTable } from '../scripts/readme.ts';

const runtimes = ['runc', 'slipway'] as const;

/** The vitest project in which engines drive each runtime. */
const projects = { runc: 'engines-runc', slipway: 'engines' };

/** Names of the engines in the order of the table, as the outermost "describe" of each file. */
const engines = ['podman', 'docker', 'buildah', 'containerd', 'CRI', 'Swarm', 'Slurm'];

type Runtime = (typeof runtimes)[number];
type Row = { readonly feature: string; readonly engines: string[] } & Record<Runtime, string>;

export default class EngineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const seen = runtimes.map((runtime) =>
      modules.filter(({ project }) => project.name === projects[runtime]),
    );
    const files = globSync('test/engines/*.test.ts').length;
    const tests = seen.map((found) => found.flatMap((module) => [...module.children.allTests()]));
    const whole = seen.every(({ length }) => length === files) && tests.flat().every(isKnown);
    if (!whole) return;
    const readme = readFileSync('README.md', 'utf8');
    const now = withTable(readme, 'npm run engines', engineTable(tests));
    if (process.env.WRITE_ENGINES !== undefined) writeFileSync('README.md', now);
    else if (process.env.CI !== undefined && now !== readme) {
      console.log('README.md: engines did not do what its table says; "npm run engines" writes it');
      process.exitCode = 1;
    }
  }
}

/** Whether a test ran, or is known not to pass. */
function isKnown(test: TestCase): boolean {
  const result = test.result();
  return result.state !== 'skipped' || result.note !== undefined;
}

/** @param tests Those of each runtime. */
function engineTable(tests: readonly (readonly TestCase[])[]): string {
  const [runc, slipway] = tests.map((found) => new Map(found.map((test) => [test.fullName, shown(test)])));
  const rows = new Map<string, Row>();
  for (const engine of engines) {
    for (const name of slipway?.keys() ?? []) {
      if (!name.startsWith(`${engine} > `)) continue;
      const feature = name.slice(engine.length + 3).replaceAll('|', '\\|');
      const row = { feature, engines: [], runc: runc?.get(name) ?? '', slipway: slipway?.get(name) ?? '' };
      const key = JSON.stringify(row);
      rows.set(key, rows.get(key) ?? row);
      rows.get(key)?.engines.push(engine);
    }
  }
  const lines = [...rows.values()].map(
    (row) => `| ${[row.engines.join(', '), row.feature, row.runc, row.slipway].join(' | ')} |\n`,
  );
  return `| engine | feature | runc | slipway |\n|---|---|---|---|\n${lines.join('')}`;
}

function shown(test: TestCase): string {
  const result = test.result();
  if (result.state === 'passed') return 'yes';
  return result.state === 'skipped' ? `no: ${result.note}` : 'no';
}
