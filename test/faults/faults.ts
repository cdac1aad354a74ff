// Lets something go wrong at one point in the life of a command (test/probe/fault.c), and looks at what became of it.

import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startTimeOf } from '../../src/host/process.ts';
import { recordKinds, type StepOp } from '../../src/init/protocol.ts';
import { compileProbe } from '../support/compile.ts';
import { leftovers } from '../support/leftovers.ts';
import { patience } from '../support/patience.ts';
import { asUser } from '../support/rootless.ts';
import { type Result, runProgram, slipwayPath } from '../support/runtime.ts';
import type { Sandbox } from '../support/sandbox.ts';
import { until } from '../support/until.ts';

/** By who gets there: the driver, about to change something; the init, about to send a record; the init, about to make a call. */
export type PointKind = 'driver' | 'init' | 'call';

export type Point = {
  readonly kind: PointKind;
  /** From 1, among those of its kind. */
  readonly number: number;
  /** System call. */
  readonly call: number | null;
  /** `init`: the step that has just been run, where it is one. */
  readonly op: string | null;
};

/** Who gets SIGKILL, or the errno that the system call fails with. */
export type Fault = 'driver' | 'init' | 'both' | number;

export type Struck = Result & {
  /** Null: the command ended without getting there. Other processes may have come first: then it is another call than before. */
  readonly struck: { readonly call: number | null; readonly records: number } | null;
  /** Processes of the command. */
  readonly pids: readonly number[];
};

export type Circumstances = {
  /** Processes that are there already, and count as the init. */
  readonly ready?: readonly number[];
  /** Whether the command runs at a terminal. */
  readonly terminal?: boolean;
  /** A program that it runs through, which ends with the command line that it gets. */
  readonly through?: readonly string[];
};

/** A place of its own for commands that run one after the other. */
export class Lane {
  /** Part of the names of everything of this place: folders, mounts, cgroups, arguments. */
  readonly name: string;
  readonly folder: string;
  readonly root: string;
  readonly #sandbox: Sandbox;
  #uid: number | null = null;
  static #count = 0;
  static #probe: string | null = null;

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
    this.name = `${sandbox.name}-lane-${++Lane.#count}-`;
    this.folder = join(sandbox.folder, this.name);
    this.root = join(this.folder, 'state');
    mkdirSync(this.root, { recursive: true });
  }

  /** debug: its init tells each step, also at a start that comes later. */
  slipway(args: readonly string[], debug = false): Promise<Result> {
    return this.#run(this.#commandOf(debug ? '/dev/null' : null, args));
  }

  /** Through another program, which ends with the command line that it gets. */
  through(program: readonly string[], args: readonly string[]): Promise<Result> {
    return this.#run([...program, ...this.#commandOf(null, args)]);
  }

  /** Without waiting for its end. */
  spawn(args: readonly string[]): { readonly process: ChildProcess; readonly ended: Promise<number> } {
    const [path = '', ...others] = this.#commandOf(null, args);
    const child = spawn(path, others, { stdio: 'ignore', timeout: 20_000 * patience, killSignal: 'SIGKILL' });
    const ended = new Promise<number>((resolve) => {
      child.on('exit', (code) => resolve(code ?? 137));
    });
    return { process: child, ended };
  }

  /** From now on its commands are those of a user without root. */
  give(uid: number): void {
    this.#uid = uid;
    for (const folder of [this.folder, this.root]) chownSync(folder, uid, uid);
  }

  /** Points of a command, which is run to its end. */
  async points(
    debug: boolean,
    args: readonly string[],
    circumstances: Circumstances,
  ): Promise<readonly Point[]> {
    const log = `${this.folder}/debug.log`;
    rmSync(log, { force: true });
    const { status, stderr } = await this.#trace('none', 'none:0', debug ? log : null, args, circumstances);
    if (status !== 0) throw new Error(`${args[0]}: status ${status}: ${stderr}`);
    const debugLog = readIfThere(log);
    const ready = debugLog.includes('criu restore: ') ? 'restore' : 'waitStart';
    return pointsIn(this.#report(), stepsRun(debugLog), { ...stepOf, READY: ready });
  }

  async strike(
    fault: Fault,
    { kind, number }: Point,
    debug: boolean,
    args: readonly string[],
    circumstances: Circumstances,
  ): Promise<Struck> {
    const log = debug ? '/dev/null' : null;
    const result = await this.#trace(String(fault), `${kind}:${number}`, log, args, circumstances);
    const lines = this.#report();
    const pids = lines.flatMap((line) => /^process (\d+)$/.exec(line)?.[1] ?? []).map(Number);
    return { ...result, struck: whereStruck(lines), pids };
  }

  /** Removes its containers. */
  async close(): Promise<void> {
    const { stdout } = await this.slipway(['list', '--quiet']);
    for (const id of stdout.split('\n').filter(Boolean)) await this.slipway(['delete', '--force', id]);
  }

  /** What is there of a container, and the processes, as lines; they may take a moment to end. */
  async left(pids: readonly number[]): Promise<readonly string[]> {
    const named = () => leftovers(this.name).filter((line) => line.includes(this.name));
    return settled(() => [...named(), ...alive(pids)]);
  }

  #trace(
    fault: string,
    point: string,
    log: string | null,
    args: readonly string[],
    { ready = [], terminal = false, through = [] }: Circumstances,
  ): Promise<Result> {
    Lane.#probe ??= compileProbe('fault', this.#sandbox.folder);
    const there = ready.flatMap((pid) => ['-p', String(pid)]);
    const traced = [
      ...through,
      Lane.#probe,
      `${this.folder}/report`,
      fault,
      point,
      ...there,
      ...this.#commandOf(log, args),
    ];
    return terminal ? this.#runAtTerminal(traced) : this.#run(traced);
  }

  #commandOf(log: string | null, args: readonly string[]): readonly string[] {
    const options = ['--root', this.root, ...(log === null ? [] : ['--debug', '--log', log])];
    const user = this.#uid === null ? [] : asUser(this.#uid);
    return [...user, slipwayPath, ...options, ...args];
  }

  #run([path = '', ...args]: readonly string[]): Promise<Result> {
    return runProgram(path, args, { folder: this.folder });
  }

  /** A terminal has one output. */
  async #runAtTerminal(command: readonly string[]): Promise<Result> {
    const { status, stdout } = await this.#run(['script', '-qec', command.join(' '), '/dev/null']);
    return { status, stdout: '', stderr: stdout.replaceAll('\r', '') };
  }

  #report(): readonly string[] {
    return readFileSync(`${this.folder}/report`, 'utf8').split('\n').filter(Boolean);
  }
}

/** Processes that have not ended, as lines; they may take a moment. */
export function running(pids: readonly number[]): Promise<readonly string[]> {
  return settled(() => alive(pids));
}

async function settled(find: () => readonly string[]): Promise<readonly string[]> {
  await until(() => find().length === 0).catch(() => undefined);
  return find();
}

function alive(pids: readonly number[]): readonly string[] {
  return pids.filter((pid) => startTimeOf(pid) !== null).map((pid) => `process ${pid} ${commandOf(pid)}`);
}

/** Steps in the order in which the init says that it has run them; `start` does not know their names. */
function stepsRun(log: string): readonly string[] {
  return [...log.matchAll(/msg="(?:prepare|user|outer|joiner|container): (\w+)/g)].map(([, op = '']) => op);
}

function pointsIn(lines: readonly string[], ran: readonly string[], steps: typeof stepOf): readonly Point[] {
  const counts = { driver: 0, init: 0, call: 0 };
  const left = [...ran];
  return lines.flatMap((line): Point[] => {
    const [, kind, first] = /^(driver|init|call) (\d+)/.exec(line) ?? [];
    if (!isKind(kind)) return [];
    const number = ++counts[kind];
    if (kind !== 'init') return [{ kind, number, call: Number(first), op: null }];
    const record = recordKinds[Number(first) - 1] ?? 'HELLO';
    const op = record === 'RAN' || record === 'EXEC' ? left.shift() : steps[record];
    return [{ kind, number, call: null, op: op ?? null }];
  });
}

function whereStruck(lines: readonly string[]): Struck['struck'] {
  const at = lines.indexOf('struck');
  if (at < 0) return null;
  const call = /^(?:call|driver) (\d+)$/.exec(lines[at - 1] ?? '')?.[1];
  const records = lines.slice(0, at).filter((line) => line.startsWith('init ')).length;
  return { call: call === undefined ? null : Number(call), records };
}

function isKind(text: string | undefined): text is PointKind {
  return text === 'driver' || text === 'init' || text === 'call';
}

/** Steps that say something else than that they have run. */
const stepOf: Partial<Record<string, StepOp>> = { SYNC: 'sync', LISTENER: 'seccomp' };

function commandOf(pid: number): string {
  return readIfThere(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
