// A folder with bundles, a state directory and a cgroup of its own for one test file; all of it removed at its end.

import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename } from 'node:path';
import { afterAll, expect } from 'vitest';
import { hostFacts } from '../../src/host/facts.ts';
import { leftovers, makeFolder, sweep } from './leftovers.ts';
import { looseExample } from './loose-example.ts';
import { asUser } from './rootless.ts';
import { type Result, type RunOptions, runProgram, runtimeName, runtimePath } from './runtime.ts';
import { quiet } from './words.ts';

/** Directory of a cgroup on the host: in the hierarchy of a controller, or in the v2 tree where there is no v1. */
export function cgroupDirectory(controller: string, path: string): string {
  const { v1, v2 } = hostFacts().cgroup;
  const hierarchy = v1.find(({ controllers }) => controllers.includes(controller));
  return `${hierarchy?.mountpoint ?? v2?.mountpoint}${path}`;
}

const applets =
  'sh true false ls cat echo mount id ps sleep env hostname test grep head tail touch mkdir stat readlink kill wc printf pwd dd od sort tr awk ln rm nc';

/** A config.json that may be changed at will before it is written, or another document. */
// biome-ignore lint/suspicious/noExplicitAny: tests also write what no type allows
export type AnyConfig = any;

export class Sandbox {
  readonly folder = makeFolder();
  /** Name that tells this sandbox's cgroups, processes and mounts. */
  readonly name = basename(this.folder);
  readonly root = `${this.folder}/state`;
  #count = 0;

  /** Makes the sandbox of a test file. Its end fails the file when anything is left. */
  static forFile(): Sandbox {
    const sandbox = new Sandbox();
    mkdirSync(sandbox.root);
    afterAll(() => sandbox.close());
    return sandbox;
  }

  /** A bundle with a busybox root file system: the config of `spec`, without terminal, changed as given. */
  bundle(change: (config: AnyConfig) => void = () => undefined): string {
    this.#count += 1;
    const path = `${this.folder}/bundle-${this.#count}`;
    makeRootfs(`${path}/rootfs`);
    const config = looseExample();
    config.process.terminal = false;
    config.linux.cgroupsPath = `/${this.name}-c${this.#count}`;
    change(config);
    writeFileSync(`${path}/config.json`, JSON.stringify(config));
    return path;
  }

  /** A bundle that runs a shell script. */
  script(text: string, change: (config: AnyConfig) => void = () => undefined): string {
    return this.bundle((config) => {
      config.process.args = ['/bin/sh', '-c', text];
      change(config);
    });
  }

  #ownOptions: readonly string[] = [];

  /** Options before the command, which slipway alone knows: none for a peer. */
  get ownOptions(): readonly string[] {
    return runtimeName === 'slipway' ? this.#ownOptions : [];
  }

  set ownOptions(options: readonly string[]) {
    this.#ownOptions = options;
  }

  /** Runs the runtime with this sandbox's --root. */
  run(args: readonly string[], options: Partial<RunOptions> = {}): Promise<Result> {
    return runProgram(runtimePath, ['--root', this.root, ...this.ownOptions, ...args], {
      folder: this.folder,
      ...options,
    });
  }

  /** Runs a bundle in the foreground and returns what it printed; anything but status 0 is an error. */
  async output(bundle: string, args: readonly string[] = []): Promise<string> {
    const result = await this.run(['run', '--bundle', bundle, ...args, this.id()]);
    expect(result).toMatchObject({ status: 0, stderr: quiet });
    return result.stdout;
  }

  /** What `state` prints of a container. */
  async state(id: string): Promise<AnyConfig> {
    return JSON.parse((await this.run(['state', id])).stdout);
  }

  /** The cgroup of a container, as its bundle names it. */
  async cgroupsPath(id: string): Promise<string> {
    const { bundle } = await this.state(id);
    return JSON.parse(readFileSync(`${bundle}/config.json`, 'utf8')).linux.cgroupsPath;
  }

  /** Gives a bundle's root file system to what is root in the user namespaces of tests. */
  giveRootfs(bundle: string): void {
    chmodSync(this.folder, 0o755);
    for (const name of ['', '/bin', '/etc', '/proc', '/sys', '/dev', '/tmp'])
      chownSync(`${bundle}/rootfs${name}`, 100_000, 200_000);
  }

  /** An id that no other container has. */
  id(): string {
    this.#count += 1;
    return `${this.name}-${this.#count}`;
  }

  /** As the user whose containers they are. */
  #runAsOwner(...args: readonly string[]): Promise<Result> {
    const { uid } = statSync(this.root);
    const command = [...(uid === 0 ? [] : asUser(uid)), runtimePath, '--root', this.root, ...args];
    return runProgram(command[0] ?? '', command.slice(1), { folder: this.folder });
  }

  leftovers(): string[] {
    return leftovers(this.name);
  }

  async close(): Promise<void> {
    const { status, stdout } = await this.#runAsOwner('list', '--quiet');
    expect(status).toBe(0);
    for (const id of stdout.split('\n').filter(Boolean)) await this.#runAsOwner('delete', '--force', id);
    const left = this.leftovers();
    rmSync(this.folder, { recursive: true, force: true });
    if (runtimeName === 'slipway') expect(left.slice(0, 10)).toEqual([]);
    else sweep(this.name);
  }
}

/** A root file system with busybox and two users. */
export function makeRootfs(path: string): void {
  for (const name of ['bin', 'etc', 'proc', 'sys', 'dev', 'tmp'])
    mkdirSync(`${path}/${name}`, { recursive: true });
  copyFileSync('/bin/busybox', `${path}/bin/busybox`);
  chmodSync(`${path}/bin/busybox`, 0o755);
  for (const name of applets.split(' ')) symlinkSync('busybox', `${path}/bin/${name}`);
  writeFileSync(
    `${path}/etc/passwd`,
    'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n',
  );
}
