import { runtimePath } from '../support/runtime.ts';
import { Engine, image } from './engine.ts';
import { Machine } from './machine.ts';

export class Podman extends Engine {
  readonly command = ['podman', '--runtime', runtimePath, '--cgroup-manager', 'cgroupfs'];

  static async start(): Promise<Podman> {
    const podman = new Podman(await Machine.start());
    await podman.output('import', '--quiet', podman.archive, image);
    return podman;
  }
}
