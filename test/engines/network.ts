// A network of machines: a bridge in a machine of its own, and an address for each that is attached.

import { execaSync } from 'execa';
import { Machine } from './machine.ts';

export class Network {
  readonly #bridge: Machine;
  #count = 0;

  private constructor(bridge: Machine) {
    this.#bridge = bridge;
  }

  static async start(): Promise<Network> {
    const network = new Network(await Machine.start());
    network.#ip(network.#bridge, 'link', 'add', 'bridge', 'type', 'bridge');
    network.#ip(network.#bridge, 'link', 'set', 'bridge', 'up');
    return network;
  }

  /** Gives a machine an address in the network, and returns it. */
  attach(machine: Machine): string {
    this.#count += 1;
    const [port, address] = [`port${this.#count}`, `10.98.0.${this.#count}`];
    const peer = ['peer', 'name', 'eth0', 'netns', String(machine.pid)];
    this.#ip(this.#bridge, 'link', 'add', port, 'type', 'veth', ...peer);
    this.#ip(this.#bridge, 'link', 'set', port, 'master', 'bridge', 'up');
    this.#ip(machine, 'address', 'add', `${address}/24`, 'dev', 'eth0');
    this.#ip(machine, 'link', 'set', 'eth0', 'up');
    return address;
  }

  close(): Promise<void> {
    return this.#bridge.close();
  }

  /** Calls ip(8) in a machine's network, with the pids of the host. */
  #ip(machine: Machine, ...args: readonly string[]): void {
    execaSync('nsenter', ['--target', String(machine.pid), '--net', 'ip', ...args]);
  }
}
