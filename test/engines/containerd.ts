import { type Result, runtimePath } from '../support/runtime.ts';
import { Daemon } from './daemon.ts';
import { makeImage } from './image.ts';
import { type Call, Machine } from './machine.ts';
import { useSample } from './sample.ts';

/** containerd on a machine, and its ctr. */
export class Containerd {
  readonly machine: Machine;
  /** Path of the image's archive. */
  readonly archive: string;
  readonly socket: string;
  readonly daemon: Daemon;

  private constructor(machine: Machine, configuration: string) {
    this.machine = machine;
    this.archive = makeImage(machine.folder);
    this.socket = `${machine.folder}/containerd.sock`;
    const program = ['containerd', '--config', configuration] as const;
    this.daemon = new Daemon(machine, program, async () => (await this.ctr(['version'])).status === 0);
  }

  /** @param more Further configuration, for a machine with this folder. */
  static async start(more = (_folder: string) => ''): Promise<Containerd> {
    const machine = await Machine.start();
    // States are below /run and /var/lib, which are the machine's own; the socket is where tests reach it.
    const address = `[grpc]\naddress = "${machine.folder}/containerd.sock"\n`;
    const plugins = 'disabled_plugins = ["io.containerd.internal.v1.opt"]\n';
    const containerd = new Containerd(
      machine,
      useSample(machine, 'containerd.toml', address + more(machine.folder), plugins),
    );
    await containerd.daemon.start();
    return containerd;
  }

  /** The command line up to the subcommand. */
  get client(): readonly string[] {
    return ['ctr', '--address', this.socket];
  }

  ctr(args: readonly string[], options: Call = {}): Promise<Result> {
    return this.machine.run([...this.client, ...args], options);
  }

  /** Calls ctr; anything but status 0 is an error. Returns what it printed, without white space at the ends. */
  output(...args: readonly string[]): Promise<string> {
    return this.machine.output([...this.client, ...args]);
  }

  /** Options of `ctr run` for a container of that name. */
  options(name: string): readonly string[] {
    return ['--runc-binary', runtimePath, '--cgroup', `/${this.machine.name}/${name}`];
  }

  /** What is left of containers: in containerd, in the runtime's state, as shims and as cgroups. */
  async left(namespace: string): Promise<string[]> {
    const lines = await Promise.all([
      this.output('--namespace', namespace, 'containers', 'list', '--quiet'),
      this.output('--namespace', namespace, 'tasks', 'list', '--quiet'),
      this.machine.run(['pgrep', '-f', 'containerd-shim']).then(({ stdout }) => stdout),
    ]);
    const states = await this.machine.states(`/run/containerd/runc/${namespace}`);
    const found = lines.join('\n').split('\n');
    return [...found.filter((line) => line !== ''), ...states, ...this.machine.cgroups()];
  }
}
