// One scenario in a lane: the container that it needs, its command with a fault, and what became of them.

import { readdirSync } from 'node:fs';
import { makeRootless } from '../support/rootless.ts';
import type { Sandbox } from '../support/sandbox.ts';
import { type Circumstances, type Fault, Lane, type Point, type Struck } from './faults.ts';
import type { Scenario, Setting } from './scenarios.ts';

export class Round {
  readonly scenario: Scenario;
  readonly #lane: Lane;
  readonly #setting: Setting;
  readonly #bundle: string;
  readonly #id: string;

  constructor(lane: Lane, sandbox: Sandbox, scenario: Scenario, setting: Setting) {
    const { uid } = scenario;
    this.scenario = scenario;
    this.#lane = lane;
    this.#setting = setting;
    this.#id = `${lane.name}id`;
    this.#bundle = sandbox.script('exec sleep 1000', (config) => {
      config.linux.cgroupsPath = `/${lane.name}parent/child`;
      if (uid !== undefined) makeRootless(config, uid, 'exec sleep 1000');
      scenario.config?.(config, setting);
    });
    sandbox.giveRootfs(this.#bundle);
    if (uid !== undefined) lane.give(uid);
  }

  /** Points of the command, which is run to its end. debug: those of the init have steps, and the driver logs each. */
  async points(debug = true): Promise<readonly Point[]> {
    const ready = await this.#prepare(debug);
    const points = await this.#lane.points(debug, this.#command, this.#circumstances(ready));
    await this.remove([]);
    return points;
  }

  async strike(point: Point, fault: Fault): Promise<Struck> {
    const debug = point.kind !== 'driver';
    const ready = await this.#prepare(debug);
    return this.#lane.strike(fault, point, debug, this.#command, this.#circumstances(ready));
  }

  /** What `state` says; "gone" when there is no such container. */
  async status(): Promise<string> {
    const { status, stdout, stderr } = await this.#state();
    if (status === 0) return JSON.parse(stdout).status;
    return stderr.includes('does not exist') ? 'gone' : stderr;
  }

  left(pids: readonly number[]): Promise<readonly string[]> {
    return this.#lane.left(pids);
  }

  /** `delete --force`: what is wrong with what it says, and what is there afterwards, as lines. */
  async remove(pids: readonly number[]): Promise<string[]> {
    const { status, stderr } = await this.#lane.slipway(['delete', '--force', this.#id]);
    const files = readdirSync(this.#lane.root, { recursive: true }).map(String);
    return [
      ...(status === 0 && stderr === '' ? [] : [`delete: status ${status}: ${stderr}`]),
      ...(await this.left(pids)),
      ...files.filter((name) => !isKept(name)).map((name) => `file ${name}`),
    ];
  }

  close(): Promise<void> {
    return this.#lane.close();
  }

  get #command(): readonly string[] {
    return this.scenario.command(this.#bundle, this.#id, this.#setting);
  }

  #circumstances(ready: readonly number[]): Circumstances {
    const { terminal = false, through = [] } = this.scenario;
    return { ready, terminal, through };
  }

  #state() {
    return this.#lane.slipway(['state', this.#id]);
  }

  /** Returns processes that are part of the init. */
  async #prepare(debug: boolean): Promise<readonly number[]> {
    for (const args of this.scenario.first?.(this.#bundle, this.#id) ?? []) {
      const { status, stderr } = await this.#lane.slipway(args, debug);
      if (status !== 0) throw new Error(`${args[0]}: ${stderr}`);
    }
    return this.scenario.attach === true ? [JSON.parse((await this.#state()).stdout).pid] : [];
  }
}

/**
 * Runs what `choose` finds with a first round, in three rounds side by side. Returns what `act` finds wrong, as lines; the
 * containers are gone.
 */
export async function inRounds<T>(
  places: readonly [Sandbox, Scenario, Setting],
  choose: (first: Round) => Promise<readonly T[]>,
  act: (round: Round, item: T) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const [sandbox, ...what] = places;
  const make = () => new Round(new Lane(sandbox), sandbox, ...what);
  const first = make();
  const rounds = [first, make(), make()];
  const wrong: string[] = [];
  try {
    const left = [...(await choose(first))];
    const work = async (round: Round) => {
      for (let item = left.shift(); item !== undefined; item = left.shift())
        wrong.push(...(await act(round, item)));
    };
    await Promise.all(rounds.map(work));
  } finally {
    for (const round of rounds) await round.close();
  }
  return wrong;
}

/** What the state directory keeps when there is no container: where parents of cgroups are remembered, and compiled filters. */
function isKept(name: string): boolean {
  return name === '@cgroups' || /^@seccomp(\/[^.][^/]*)?$/.test(name);
}
