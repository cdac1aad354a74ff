// An engine with a command line of Docker's form, on a machine of its own: podman, or docker with its daemon.

import type { Result } from '../support/runtime.ts';
import { image, makeImage } from './image.ts';
import { type Call, type Machine, printed } from './machine.ts';

/** This host may not raise limits, and engines do not ask. */
export const limits = ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024'];

export abstract class Engine {
  readonly machine: Machine;
  #count = 0;

  protected constructor(machine: Machine) {
    this.machine = machine;
  }

  /** Gives the engine the image. */
  protected async load(): Promise<void> {
    await this.output('load', '--quiet', '--input', makeImage(this.machine.folder));
  }

  /** The command line up to the subcommand. */
  abstract readonly command: readonly string[];

  /** Options of `rm` that kill without a grace period. */
  abstract readonly atOnce: readonly string[];

  /** Whether the engine learned of an OOM kill in a container. */
  abstract toldOfOom(name: string): Promise<boolean>;

  /** Where the runtime keeps its states for this engine. */
  abstract readonly stateDirectory: string;

  /** The status of `exec` when there is no such program. */
  abstract readonly execNotFound: number;

  /** What `run` and `create` get. */
  get defaults(): readonly string[] {
    return [...limits, '--network', 'none', '--cgroup-parent', `/${this.machine.name}`];
  }

  call(args: readonly string[], options: Call = {}): Promise<Result> {
    return this.machine.run([...this.command, ...args], options);
  }

  /** Calls the engine; anything but status 0 is an error. Returns what it printed, without white space at the ends. */
  output(...args: readonly string[]): Promise<string> {
    return this.machine.output([...this.command, ...args]);
  }

  /** Runs a container in the foreground, removed at its end. */
  run(options: readonly string[], ...program: readonly string[]): Promise<Result> {
    return this.call(['run', '--rm', ...this.defaults, ...options, image, ...program]);
  }

  /** What a container in the foreground prints; anything but status 0 is an error. */
  async prints(options: readonly string[], ...program: readonly string[]): Promise<string> {
    return printed(await this.run(options, ...program));
  }

  /** Starts a container in the background. Returns its name. */
  async start(options: readonly string[], ...program: readonly string[]): Promise<string> {
    const name = this.name();
    await this.output('run', '--detach', '--name', name, ...this.defaults, ...options, image, ...program);
    return name;
  }

  /** Removes containers, running or not. */
  async remove(...names: readonly string[]): Promise<void> {
    await this.output('rm', ...this.atOnce, ...names);
  }

  /** What is left of containers: in the engine, in the runtime's state, as mounts and as cgroups. */
  async left(): Promise<string[]> {
    const containers = await this.output('ps', '--all', '--quiet');
    const states = await this.machine.states(this.stateDirectory);
    const mounts = await this.machine.run([
      'grep',
      '-E',
      '/(merged|userdata/shm|mounts/shm) ',
      '/proc/self/mounts',
    ]);
    const lines = `${containers}\n${mounts.stdout}`.split('\n').filter((line) => line !== '');
    return [...lines, ...states, ...this.machine.cgroups()];
  }

  /** A name that no other container has. */
  name(): string {
    this.#count += 1;
    return `c${this.#count}`;
  }

  /** A value of `inspect`, by a Go template. */
  inspect(name: string, template: string): Promise<string> {
    return this.output('inspect', '--format', template, name);
  }
}
