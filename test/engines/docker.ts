import { Daemon } from './daemon.ts';
import { Engine } from './engine.ts';
import { Machine } from './machine.ts';
import { useSample } from './sample.ts';

/** dockerd on a machine, with nothing of a network, and its docker. */
export class Docker extends Engine {
  readonly command = ['docker'];
  readonly execNotFound = 126;
  readonly atOnce = ['--force'];
  readonly stateDirectory = '/run/docker/runtime-runc/moby';
  readonly daemon: Daemon;

  private constructor(machine: Machine, options: readonly string[]) {
    super(machine);
    const off = ['iptables', 'ip6tables', 'ip-forward', 'ip-masq', 'userland-proxy'];
    const program = [
      'dockerd',
      ...['--config-file', useSample(machine, 'daemon.json')],
      ...['--data-root', machine.makeFolder('docker')],
      ...[...off.map((option) => `--${option}=false`), '--bridge=none'],
      ...['--storage-driver', 'overlay2', '--init-path', '/usr/bin/tini-static'],
      ...['--cgroup-parent', `/${machine.name}`, ...options],
    ] as const;
    this.daemon = new Daemon(machine, program, async () => (await this.call(['version'])).status === 0);
  }

  static async start(options: readonly string[] = [], machine?: Machine): Promise<Docker> {
    const docker = new Docker(machine ?? (await Machine.start()), options);
    await docker.daemon.start();
    await docker.load();
    return docker;
  }

  async toldOfOom(name: string): Promise<boolean> {
    return (await this.inspect(name, '{{.State.OOMKilled}}')) === 'true';
  }
}
