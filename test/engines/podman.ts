import { existsSync } from 'node:fs';
import { runtimeName, runtimePath } from '../support/runtime.ts';
import { Engine } from './engine.ts';
import { Machine } from './machine.ts';

export class Podman extends Engine {
  readonly command = ['podman', '--runtime', runtimePath, '--cgroup-manager', 'cgroupfs'];
  readonly execNotFound = 127;
  readonly atOnce = ['--force', '--time', '0'];
  readonly stateDirectory = `/run/${runtimeName}`;

  /** podman 4.3 looks for the file that conmon leaves in the working directory at another place. */
  async toldOfOom(): Promise<boolean> {
    return existsSync(`${this.machine.folder}/oom`);
  }

  static async start(): Promise<Podman> {
    const podman = new Podman(await Machine.start());
    await podman.load();
    return podman;
  }
}
