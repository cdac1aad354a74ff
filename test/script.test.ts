// What runs is what `plan` prints: the phases and, by who runs them, the steps that --debug names.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { hostFacts } from '../src/host/facts.ts';
import { formatJson } from '../src/spec/json.ts';
import { withNormalForm } from '../src/spec/normal-form.ts';
import { validate } from '../src/validate/validate.ts';
import { bundleNames, copyBundles, hooksLog, makeSharedNamespaces } from './support/bundles.ts';
import { harmless } from './support/harmless.ts';
import { patience } from './support/patience.ts';
import { Random, randomConfig, seed } from './support/random-config.ts';
import { runProgram, slipwayPath } from './support/runtime.ts';
import { type AnyConfig, Sandbox } from './support/sandbox.ts';

const sandbox = Sandbox.forFile();
const bundle = copyBundles(sandbox);

type Account = {
  readonly phases: readonly string[];
  /** By who runs them. */
  readonly steps: Readonly<Record<string, readonly string[]>>;
};

/** Names of keyrings are random. */
const unnamed = (line: string) => line.replace(/(_ses\.[^\s,]*)\.[0-9a-f]+/, '$1');

function stepsOf(lines: readonly (readonly [by: string, step: string])[]): Account['steps'] {
  const steps: Record<string, string[]> = {};
  for (const [by, step] of lines) steps[by] = [...(steps[by] ?? []), unnamed(step)];
  return steps;
}

/** What `plan` says. */
async function planned(options: readonly string[]): Promise<Account> {
  const { script } = JSON.parse((await sandbox.run(['--debug', 'plan', '--json', ...options])).stdout);
  const { stdout } = await sandbox.run(['--debug', 'plan', ...options]);
  return {
    phases: script.map(
      ({ by, until }: AnyConfig) => `${by}${until.length === 0 ? '' : `, until ${until.join(', ')}`}`,
    ),
    steps: stepsOf(
      stdout.split('\n').flatMap((line) => {
        const [, by = '', step = ''] = /^(\w+) +(.*)$/.exec(line) ?? [];
        return by === '' || by === 'await' ? [] : [[by, step] as const];
      }),
    ),
  };
}

/** In a mount namespace of its own: shared mounts of a container must not come back to the host. */
const apart = ['--mount', '--propagation=private', slipwayPath];

/** What --debug says while a command runs. */
async function ran(command: readonly string[]): Promise<Account & { readonly status: number }> {
  const log = `${sandbox.folder}/debug.json`;
  rmSync(log, { force: true });
  const options = ['--root', sandbox.root, '--log', log, '--log-format', 'json', '--debug'];
  const { status } = await runProgram('/usr/bin/unshare', [...apart, ...options, ...command], {
    folder: sandbox.folder,
  });
  const lines: string[] = readFileSync(log, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line).msg);
  return {
    status,
    phases: lines.flatMap((line) => /^phase \d+: (.*)$/.exec(line)?.[1] ?? []),
    steps: stepsOf(
      lines.flatMap((line) => {
        const [, by = '', step = ''] = /^(host|prepare|user|outer|joiner|container): (.*)$/.exec(line) ?? [];
        return by === '' ? [] : [[by, step] as const];
      }),
    ),
  };
}

/** Without hooks whose failure is a warning, and that run whatever failed. */
const firm = (steps: readonly string[]) => steps.filter((step) => !step.startsWith('hook poststop'));

test(
  '500 valid documents made at random: what ran is what plan --run printed, up to what failed',
  async () => {
    const facts = hostFacts();
    const path = sandbox.bundle();
    mkdirSync(`${sandbox.folder}/source`);
    let whole = 0;
    for (let round = seed, valid = 0; valid < 500; round++) {
      const random = harmless(randomConfig(new Random(round)), sandbox);
      const { process = { cwd: '/' } } = random;
      const config = withNormalForm({ ...random, process: { ...process, args: ['/bin/busybox', 'true'] } });
      if (validate(config, facts).problems.length > 0) continue;
      valid += 1;
      writeFileSync(`${path}/config.json`, formatJson(config));
      const options = ['-b', path, sandbox.id()];
      const plan = await planned(['--run', ...options]);
      const { status, phases, steps } = await ran(['run', ...options]);
      const what = `SEED=${round}`;
      expect(phases, what).toEqual(plan.phases.slice(0, phases.length));
      for (const [by, done] of Object.entries(steps)) {
        const expected = firm(plan.steps[by] ?? []);
        expect(firm(done), what).toEqual(status === 0 ? expected : expected.slice(0, firm(done).length));
      }
      if (status !== 0) continue;
      expect(phases, what).toEqual(plan.phases);
      whole += 1;
    }
    expect(whole).toBeGreaterThan(50);
  },
  600_000 * patience,
);

describe.each(bundleNames)('bundles/%s', (name) => {
  test('run does what plan --run prints', async () => {
    const { remove } = makeSharedNamespaces();
    try {
      const options = ['-b', bundle(name), sandbox.id()];
      const { phases, steps } = await planned(['--run', ...options]);
      expect(await ran(['run', ...options])).toEqual({ status: 0, phases, steps });
    } finally {
      remove();
      rmSync(hooksLog, { force: true });
    }
  });
});
