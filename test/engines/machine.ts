// A machine for an engine: namespaces of its own for mounts, processes, hostname and network. Nothing of it is left once its
// process 1 has gone, but for cgroups, which all have the machine's name.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { leftovers, makeFolder, sweep } from '../support/leftovers.ts';
import { type Result, runProgram } from '../support/runtime.ts';
import { until } from '../support/until.ts';

/** Where scripts/test unpacks the engines, and a CRIU where the host's does not work. */
const engines = fileURLToPath(new URL('../../.engines', import.meta.url));
const criu = fileURLToPath(new URL('../../.criu/bin', import.meta.url));

const path = [criu, '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/**
 * Process 1. Its tree of cgroups is that of the host without the folders, left by engines, that are no mount of a hierarchy: podman
 * takes each for a controller. The engines lie over /usr and /etc; what an engine writes below /etc, /var/lib and /run is the machine's own. */
const setUp = `set -e
cd "$FOLDER"
hostname "$NAME"
mkdir etc etc-work lib
lower() { if [ -d "$ENGINES/$1" ]; then echo "$ENGINES/$1:/$1"; else echo "/$1"; fi; }
mount -t overlay overlay -o "lowerdir=$(lower etc),upperdir=etc,workdir=etc-work" /etc
if [ -d "$ENGINES/usr" ]; then mount -t overlay overlay -o "lowerdir=$(lower usr)" /usr; fi
mount --bind lib /var/lib
mount -t tmpfs tmpfs /run
if [ ! -e /sys/fs/cgroup/cgroup.controllers ]; then
  mkdir cgroup
  mount -t tmpfs -o mode=755 tmpfs cgroup
  for path in /sys/fs/cgroup/*; do
    if [ -L "$path" ]; then cp -P "$path" cgroup
    elif mountpoint -q "$path"; then mkdir "cgroup/\${path##*/}"; mount --bind "$path" "cgroup/\${path##*/}"; fi
  done
  mount --move cgroup /sys/fs/cgroup
fi
ip link set lo up
touch ready
exec tini-static -s -- cat`;

/** Path on the host of a program that a machine has, unpacked or installed. */
export function findProgram(name: string): string | undefined {
  return [...path.map((folder) => engines + folder), ...path]
    .map((folder) => `${folder}/${name}`)
    .find((program) => existsSync(program));
}

export function hasProgram(name: string): boolean {
  return findProgram(name) !== undefined;
}

/** What a program printed, without white space at the ends; anything but status 0 is an error, which shows stderr. */
export function printed(result: Result, program = ''): string {
  expect(result, program).toMatchObject({ status: 0, stderr: expect.any(String) });
  return result.stdout.trim();
}

export type Call = {
  /** Milliseconds until SIGKILL. */
  readonly deadline?: number;
  /** File for stdin; nothing by default. */
  readonly stdin?: string;
};

export class Machine {
  readonly folder = makeFolder();
  /** Its hostname; part of the name of each of its cgroups. */
  readonly name = basename(this.folder);
  readonly #init: ChildProcess;

  private constructor() {
    const namespaces = ['--net', '--uts', '--mount', '--pid', '--mount-proc', '--propagation', 'private'];
    const log = openSync(`${this.folder}/machine.log`, 'w');
    // It lives as long as this process holds its stdin.
    this.#init = spawn('unshare', [...namespaces, '--fork', '--kill-child', 'sh', '-c', setUp], {
      stdio: ['pipe', log, log],
      env: { PATH: path.join(':'), FOLDER: this.folder, NAME: this.name, ENGINES: engines },
    });
  }

  static async start(): Promise<Machine> {
    const machine = new Machine();
    await until(() => existsSync(`${machine.folder}/ready`)).catch(() => {
      throw new Error(`no machine: ${readFileSync(`${machine.folder}/machine.log`, 'utf8')}`);
    });
    return machine;
  }

  /** Host's pid of the machine's process 1. */
  get pid(): number {
    const { pid } = this.#init;
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'));
  }

  /** What to call to run a program in the machine. */
  enter(program: readonly string[]): readonly [string, ...string[]] {
    const within = ['--target', String(this.pid), '--mount', '--uts', '--net', '--pid'];
    const variables = [`PATH=${path.join(':')}`, 'HOME=/root', 'TERM=xterm'];
    const env = ['env', '--ignore-environment', `--chdir=${this.folder}`, ...variables];
    return ['nsenter', ...within, '--', ...env, ...program];
  }

  /** Runs a program in the machine to its end. */
  run(program: readonly string[], { deadline = 30_000, stdin }: Call = {}): Promise<Result> {
    const [command, ...args] = this.enter(program);
    return runProgram(command, args, {
      folder: this.folder,
      deadline,
      ...(stdin === undefined ? {} : { stdin }),
    });
  }

  /** Runs a program in the machine, and returns what it printed. */
  async output(program: readonly string[]): Promise<string> {
    return printed(await this.run(program), program.join(' '));
  }

  /** Starts a program of the machine that goes on; what it prints is in `NAME.log` of the machine's folder. */
  serve(name: string, program: readonly string[]): ChildProcess {
    const [command, ...args] = this.enter(program);
    const log = openSync(`${this.folder}/${name}.log`, 'a');
    return spawn(command, args, { stdio: ['ignore', log, log] });
  }

  makeFolder(name: string): string {
    const made = `${this.folder}/${name}`;
    mkdirSync(made, { recursive: true });
    return made;
  }

  /** Cgroups of containers, not those that engines, builds and pods put them into. */
  cgroups(): string[] {
    return leftovers(this.name).filter((line) =>
      /^cgroup .*slipway-test-[^/]*\/(?!(conmon|build|pod\d+)$)/.test(line),
    );
  }

  /** Names of what the runtime keeps in a directory of states, without the folders in which slipway keeps what it has computed. */
  async states(directory: string): Promise<string[]> {
    const { stdout } = await this.run(['ls', directory]);
    return stdout.split('\n').filter((name) => name !== '' && !name.startsWith('@'));
  }

  /** For a failure that happens once in a hundred runs: its processes, and the ends of its logs. */
  async account(): Promise<string> {
    const { stdout } = await this.run(['ps', '-e', '-o', 'pid,ppid,stat,wchan:20,etimes,args', '--forest']);
    const logs = readdirSync(this.folder).filter((name) => name.endsWith('.log'));
    const ends = logs.map(
      (name) => `${name}: ${readFileSync(`${this.folder}/${name}`, 'utf8').slice(-8000)}`,
    );
    return [`${this.name}:`, stdout, ...ends].join('\n');
  }

  /** As when the power fails, and then all that the machine had is removed. */
  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#init.on('exit', resolve));
    process.kill(this.pid, 'SIGKILL');
    await ended;
    sweep(this.name);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
