import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { until } from '../support/until.ts';
import type { Machine } from './machine.ts';

/** A server of a machine, which may crash and be started again. */
export class Daemon {
  readonly #machine: Machine;
  readonly #program: readonly [string, ...string[]];
  readonly #answers: () => Promise<boolean>;
  #process: ChildProcess | null = null;

  /** @param answers Whether it does what it is for. */
  constructor(machine: Machine, program: readonly [string, ...string[]], answers: () => Promise<boolean>) {
    this.#machine = machine;
    this.#program = program;
    this.#answers = answers;
  }

  /** Starts it, and waits until it answers. */
  async start(): Promise<void> {
    const [name] = this.#program;
    this.#process = this.#machine.serve(name, this.#program);
    await until(this.#answers).catch(() => {
      const log = readFileSync(`${this.#machine.folder}/${name}.log`, 'utf8');
      throw new Error(`no ${name}: ${log.slice(-2000)}`);
    });
  }

  /** As when it crashes, and servers of its own with it. */
  async kill(...others: readonly string[]): Promise<void> {
    const ended = once(this.#process as ChildProcess, 'exit');
    const names = [this.#program[0], ...others].join('|');
    await this.#machine.run(['pkill', '-KILL', '-x', names]);
    await ended;
  }
}
