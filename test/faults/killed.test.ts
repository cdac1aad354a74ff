// Commands that get SIGKILL at each of their steps: slipway, the process that runs the step, or both. Whoever is left says what
// went wrong and leaves nothing; after the others `delete --force` does (runtime.md#errors).

import { chmodSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostFacts } from '../../src/host/facts.ts';
import { stepShapes } from '../../src/init/protocol.ts';
import { changeProfile } from '../support/apparmor.ts';
import { hostState } from '../support/leftovers.ts';
import { patience } from '../support/patience.ts';
import { type AnyConfig, Sandbox } from '../support/sandbox.ts';
import { Terminals } from '../support/terminal.ts';
import { inUserNamespace } from '../support/user-namespace.ts';
import { type Fault, type Point, running } from './faults.ts';
import { inRounds, type Round } from './round.ts';
import { elsewhere, profileName, type Scenario, type Setting, scenarios } from './scenarios.ts';

const sandbox = Sandbox.forFile();
const terminals = new Terminals(sandbox);
const labels = hostFacts().lsm.apparmor !== null;
const timeout = 600_000 * patience;

let setting: Setting;
let before: ReturnType<typeof hostState>;

beforeAll(async () => {
  chmodSync(sandbox.folder, 0o755);
  if (labels) changeProfile('-r', profileName);
  const consoleSocket = `${sandbox.folder}/console`;
  await terminals.take('keep', consoleSocket);
  setting = {
    pid: await runs(),
    mapped: await runs(inUserNamespace),
    consoleSocket,
    folder: sandbox.folder,
  };
  before = hostState();
});

/** Pid of a container that runs. */
async function runs(change: (config: AnyConfig) => void = () => undefined): Promise<number> {
  const id = sandbox.id();
  const bundle = sandbox.script('exec sleep 1000', change);
  sandbox.giveRootfs(bundle);
  expect(await sandbox.run(['run', '-d', '-b', bundle, id])).toMatchObject({ status: 0 });
  return (await sandbox.state(id)).pid;
}

afterAll(() => {
  terminals.close();
  if (labels) changeProfile('-R', profileName);
});
// Apart from the other: what this finds must not keep the terminals open.
afterAll(() => {
  const { namespaces, ...rest } = hostState();
  // Some that were there may be gone: of what earlier tests left to pid 1.
  const known = new Set(before.namespaces.split('\n'));
  expect({ ...rest, namespaces: namespaces.split('\n').filter((name) => !known.has(name)) }).toEqual({
    ...before,
    namespaces: [],
  });
});

const faults: readonly Fault[] = ['driver', 'init', 'both'];

/** Steps that got their faults. */
const struck = new Set<string>();

describe.each(scenarios)('$name', (scenario) => {
  const kinds = scenario.steps === true ? (['init'] as const) : (['driver', 'init'] as const);

  test.each(kinds)('killed at each point of the %s', { timeout }, async (kind) => {
    const choose = async (first: Round) => {
      const found = await first.points(kind === 'init');
      const points = chosen(
        scenario,
        found.filter((point) => point.kind === kind),
      );
      for (const { op } of points) if (op !== null) struck.add(op);
      return points.flatMap((point) => faults.map((fault) => ({ point, fault })));
    };
    const wrong = await inRounds([sandbox, scenario, setting], choose, (round, { point, fault }) =>
      killed(round, point, fault),
    );
    expect(wrong).toEqual([]);
  });
});

/** All; those of new steps, where that is all the scenario is for; on a slow machine fewer of the others. */
function chosen({ steps }: Scenario, points: readonly Point[]): readonly Point[] {
  const isNew = ({ op }: Point) => op !== null && !struck.has(op);
  return points.filter((point, index) => isNew(point) || (steps !== true && index % patience === 0));
}

test('each step of the init got its faults', () => {
  const missing = Object.keys(stepShapes).filter((op) => !struck.has(op));
  expect(missing.toSorted()).toEqual(elsewhere.toSorted());
});

/** What is wrong after one fault, as lines. */
async function killed(round: Round, point: Point, fault: Fault): Promise<readonly string[]> {
  const { after, failure = 1 } = round.scenario;
  const wrong: string[] = [];
  const result = await round.strike(point, fault);
  if (fault === 'init' && result.status !== 0) {
    if (!/^.+\n$/.test(result.stderr)) wrong.push(`said ${JSON.stringify(result.stderr)}`);
    if (result.status !== failure) wrong.push(`status ${result.status}`);
    wrong.push(...(after === undefined ? await round.left(result.pids) : await running(result.pids)));
  }
  if (fault !== 'init' && result.struck !== null && result.status !== 137)
    wrong.push(`status ${result.status}`);
  if (after !== undefined) {
    const status = await round.status();
    if (!after.includes(status)) wrong.push(`state: ${status}`);
  }
  wrong.push(...(await round.remove(result.pids)));
  return wrong.map(
    (line) => `${point.kind} ${point.number} ${point.op ?? point.call ?? ''}, ${fault}: ${line}`,
  );
}
