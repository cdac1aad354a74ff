// An engine with a command line of Docker's form, on a machine of its own: podman, or docker with its daemon.

import { execaSync } from 'execa';
import { expect } from 'vitest';
import type { Result } from '../support/runtime.ts';
import { makeRootfs } from '../support/sandbox.ts';
import type { Call, Machine } from './machine.ts';

/** The image that every engine gets. */
export const image = 'localhost/box:1';

/** This host may not raise limits, and engines do not ask. */
const limits = ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024'];

export abstract class Engine {
  readonly machine: Machine;
  /** Path of an archive with a root file system of busybox. */
  readonly archive: string;
  #count = 0;

  protected constructor(machine: Machine) {
    this.machine = machine;
    this.archive = `${machine.folder}/box.tar`;
    const rootfs = machine.makeFolder('rootfs');
    makeRootfs(rootfs);
    execaSync('tar', ['-C', rootfs, '-c', '-f', this.archive, '.']);
  }

  /** The command line up to the subcommand. */
  abstract readonly command: readonly string[];

  /** What `run` and `create` get. */
  get defaults(): readonly string[] {
    return [...limits, '--network', 'none', '--cgroup-parent', `/${this.machine.name}`];
  }

  call(args: readonly string[], options: Call = {}): Promise<Result> {
    return this.machine.run([...this.command, ...args], options);
  }

  /** Calls the engine; anything but status 0 is an error. Returns what it printed, without white space at the ends. */
  async output(...args: readonly string[]): Promise<string> {
    const result = await this.call(args);
    expect(result, args.join(' ')).toMatchObject({ status: 0 });
    return result.stdout.trim();
  }

  /** Runs a container in the foreground, removed at its end. */
  run(options: readonly string[], ...program: readonly string[]): Promise<Result> {
    return this.call(['run', '--rm', ...this.defaults, ...options, image, ...program]);
  }

  /** What a container in the foreground prints; anything but status 0 is an error. */
  async prints(options: readonly string[], ...program: readonly string[]): Promise<string> {
    const result = await this.run(options, ...program);
    expect(result).toMatchObject({ status: 0 });
    return result.stdout.trim();
  }

  /** Starts a container in the background. Returns its name. */
  async start(options: readonly string[], ...program: readonly string[]): Promise<string> {
    const name = this.name();
    await this.output('run', '--detach', '--name', name, ...this.defaults, ...options, image, ...program);
    return name;
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
