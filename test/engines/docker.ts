import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { until } from '../support/until.ts';
import { Engine } from './engine.ts';
import { Machine } from './machine.ts';
import { useSample } from './sample.ts';

/** dockerd on a machine, with nothing of a network, and its docker. */
export class Docker extends Engine {
  readonly command = ['docker'];
  readonly execNotFound = 126;
  readonly atOnce = ['--force'];
  readonly stateDirectory = '/run/docker/runtime-runc/moby';
  #daemon: ChildProcess | null = null;
  readonly #options: readonly string[];

  private constructor(machine: Machine, options: readonly string[]) {
    super(machine);
    this.#options = options;
  }

  static async start(options: readonly string[] = [], machine?: Machine): Promise<Docker> {
    const docker = new Docker(machine ?? (await Machine.start()), options);
    await docker.startDaemon();
    await docker.load();
    return docker;
  }

  async toldOfOom(name: string): Promise<boolean> {
    return (await this.inspect(name, '{{.State.OOMKilled}}')) === 'true';
  }

  async startDaemon(): Promise<void> {
    const { folder, name } = this.machine;
    const off = ['iptables', 'ip6tables', 'ip-forward', 'ip-masq', 'userland-proxy'];
    this.#daemon = this.machine.serve('dockerd', [
      'dockerd',
      ...['--config-file', useSample(this.machine, 'daemon.json')],
      ...['--data-root', this.machine.makeFolder('docker')],
      ...[...off.map((option) => `--${option}=false`), '--bridge=none'],
      ...['--storage-driver', 'overlay2', '--init-path', '/usr/bin/tini-static'],
      ...['--cgroup-parent', `/${name}`, ...this.#options],
    ]);
    const answers = async () => (await this.call(['version'])).status === 0;
    await until(answers).catch(() => {
      throw new Error(`no dockerd: ${readFileSync(`${folder}/dockerd.log`, 'utf8').slice(-2000)}`);
    });
  }

  /** As when the daemon crashes, and its containerd with it. */
  async killDaemon(): Promise<void> {
    const pids = await this.machine.run(['pgrep', '-x', 'dockerd|containerd']);
    const ended = once(this.#daemon as ChildProcess, 'exit');
    await this.machine.run(['kill', '-9', ...pids.stdout.trim().split('\n')]);
    await ended;
  }
}
