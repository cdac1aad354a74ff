// A host that lacks something, or on which something else happens to a container: commands say so, and `delete --force` works.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { hostFacts } from '../../src/host/facts.ts';
import { setFrozen } from '../support/freezer.ts';
import { patience } from '../support/patience.ts';
import type { Result } from '../support/runtime.ts';
import { type AnyConfig, cgroupDirectory, Sandbox } from '../support/sandbox.ts';
import { until } from '../support/until.ts';
import { Lane, running } from './faults.ts';

const sandbox = Sandbox.forFile();
const timeout = 120_000 * patience;

/** A lane with a bundle, and a container of it. */
class Home {
  readonly lane = new Lane(sandbox);
  readonly id = `${this.lane.name}id`;
  readonly cgroupsPath = `/${this.lane.name}cgroup`;
  readonly bundle: string;

  constructor(change: (config: AnyConfig, name: string) => void = () => undefined) {
    this.bundle = sandbox.script('exec sleep 1000', (config) => {
      config.linux.cgroupsPath = this.cgroupsPath;
      change(config, this.lane.name);
    });
  }

  /** A command about the container: "exec ID true". */
  say(command: string): Promise<Result> {
    return this.lane.slipway(this.#wordsOf(command));
  }

  /** Through a shell that first limits itself; on a container that runs, unless the command makes one. */
  async limited(limit: string, command: string): Promise<Result> {
    if (!command.includes('BUNDLE')) await this.done('run -d -b BUNDLE ID');
    return this.lane.through(['sh', '-c', `${limit}; exec "$@"`, 'sh'], this.#wordsOf(command));
  }

  #wordsOf(command: string): readonly string[] {
    return command.replace('ID', this.id).replace('BUNDLE', this.bundle).split(' ');
  }

  async done(...commands: readonly string[]): Promise<void> {
    for (const command of commands) {
      const { status, stderr } = await this.say(command);
      expect({ command, status, stderr }).toEqual({ command, status: 0, stderr: '' });
    }
  }

  async pid(): Promise<number> {
    return JSON.parse((await this.say('state ID')).stdout).pid;
  }

  /** The end of every test. */
  async gone(): Promise<void> {
    await this.done('delete --force ID');
    expect(await this.lane.left([])).toEqual([]);
    expect(readdirSync(this.lane.root).filter((name) => !name.startsWith('@'))).toEqual([]);
  }
}

/** Done, or refused with one line that says why. */
function expectWords({ status, stderr }: Result, words = /./): void {
  if (status !== 0) expect(stderr).toMatch(new RegExp(`^.*${words.source}.*\\n$`));
}

type Shortage = {
  readonly name: string;
  readonly begin: (root: string) => void;
  readonly end: (root: string) => void;
  readonly words: RegExp;
};

function fill(root: string, size: number): void {
  for (let number = 0; ; number++) {
    try {
      writeFileSync(`${root}/@fill-${number}`, Buffer.alloc(size));
    } catch {
      return;
    }
  }
}

function free(root: string): void {
  for (const name of readdirSync(root)) if (name.startsWith('@fill')) rmSync(`${root}/${name}`);
}

const remount = (root: string, option: string) =>
  expect(spawnSync('mount', ['-o', `remount,${option}`, root]).status).toBe(0);

const shortages: readonly Shortage[] = [
  { name: 'is full', begin: (root) => fill(root, 4096), end: free, words: /no space left on device/ },
  { name: 'has no inodes left', begin: (root) => fill(root, 0), end: free, words: /no space left on device/ },
  {
    name: 'is read-only',
    begin: (root) => remount(root, 'ro'),
    end: (root) => remount(root, 'rw'),
    words: /read-only file system/,
  },
];

describe.each(shortages)('a state directory that $name', ({ begin, end, words }) => {
  async function within(home: Home, act: () => Promise<void>): Promise<void> {
    const { root } = home.lane;
    const options = 'size=512k,nr_inodes=64';
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', options, home.lane.name, root]).status).toBe(0);
    try {
      await act();
    } finally {
      spawnSync('umount', ['-l', root]);
    }
  }

  test.each(['create -b BUNDLE ID', 'run -d -b BUNDLE ID'])('%s', async (command) => {
    const home = new Home();
    await within(home, async () => {
      begin(home.lane.root);
      const result = await home.say(command);
      expect(result.status).toBe(1);
      expectWords(result, words);
      expect((await home.say('state ID')).stderr).toContain('does not exist');
      end(home.lane.root);
      await home.done(command);
      await home.done('delete --force ID');
    });
    await home.gone();
  });

  test.each([
    'start ID',
    'exec ID true',
    'update --pids-limit 50 ID',
    'pause ID',
    'kill ID KILL',
    'ps ID',
    'events --stats ID',
    'delete --force ID',
  ])('%s', async (command) => {
    const home = new Home();
    await within(home, async () => {
      await home.done(command === 'start ID' ? 'create -b BUNDLE ID' : 'run -d -b BUNDLE ID');
      begin(home.lane.root);
      expectWords(await home.say(command), words);
      end(home.lane.root);
      await home.done('delete --force ID');
    });
    await home.gone();
  });
});

describe('too few file descriptors', () => {
  test.each(['create -b BUNDLE ID', 'run -d -b BUNDLE ID'])('%s', { timeout }, async (command) => {
    const home = new Home();
    let worked = false;
    for (let limit = 4; limit <= 40; limit += 1) {
      const result = await home.limited(`ulimit -Sn ${limit}`, command);
      // A limit that the engine can start with at all: what was set up is gone before slipway ends.
      if (result.status === 1) expect(await home.lane.left([])).toEqual([]);
      worked = result.status === 0;
      await home.gone();
    }
    expect(worked).toBe(true);
  });

  test.each(['exec ID true', 'update --pids-limit 50 ID', 'kill ID KILL', 'delete --force ID'])(
    '%s',
    { timeout },
    async (command) => {
      const home = new Home();
      let worked = false;
      for (let limit = 4; limit <= 40; limit += 1) {
        worked = (await home.limited(`ulimit -Sn ${limit}`, command)).status === 0;
        await home.gone();
      }
      expect(worked).toBe(true);
    },
  );
});

describe('too little memory', () => {
  const megabytes = [1, 2, 4, 6, 8, 12, 16, 24, 32, 48];

  test.each(['create -b BUNDLE ID', 'run -d -b BUNDLE ID', 'exec ID true', 'delete --force ID'])(
    '%s',
    { timeout },
    async (command) => {
      const home = new Home();
      const directory = cgroupDirectory('memory', `/${sandbox.name}-memory`);
      const v1 = hostFacts().cgroup.v1.length > 0;
      const statuses: number[] = [];
      mkdirSync(directory);
      try {
        for (const limit of megabytes) {
          writeFileSync(`${directory}/${v1 ? 'memory.limit_in_bytes' : 'memory.max'}`, `${limit << 20}`);
          const join = `echo $$ > ${directory}/cgroup.procs`;
          statuses.push((await home.limited(join, command)).status);
          await home.gone();
        }
        expect(statuses[0]).not.toBe(0);
        expect(statuses.at(-1)).toBe(0);
      } finally {
        await until(() => readFileSync(`${directory}/cgroup.procs`, 'utf8') === '');
        rmdirSync(directory);
      }
    },
  );
});

const commands = [
  'state ID',
  'exec ID true',
  'update --pids-limit 50 ID',
  'pause ID',
  'resume ID',
  'ps ID',
  'events --stats ID',
  'kill ID 0',
  'kill ID TERM',
  'kill --all ID TERM',
  'delete ID',
];

describe('a container whose cgroups somebody removed', () => {
  test('is ended all the same', { timeout }, async () => {
    const home = new Home();
    await home.done('run -d -b BUNDLE ID');
    const pid = await home.pid();
    const { v1, v2 } = hostFacts().cgroup;
    for (const { mountpoint } of [...v1, ...(v2 === null ? [] : [v2])]) {
      const directory = `${mountpoint}${home.cgroupsPath}`;
      if (!existsSync(directory)) continue;
      writeFileSync(`${mountpoint}/cgroup.procs`, `${pid}`);
      await until(() => {
        try {
          rmdirSync(directory);
          return true;
        } catch {
          return false;
        }
      });
    }
    for (const command of commands) expectWords(await home.say(command));
    await home.gone();
    expect(await running([pid])).toEqual([]);
  });
});

describe('a container that somebody froze', () => {
  test.each(['create -b BUNDLE ID', 'run -d -b BUNDLE ID'])('after %s', { timeout }, async (command) => {
    const home = new Home();
    await home.done(command);
    await setFrozen(home.cgroupsPath, true);
    for (const command of commands.filter((command) => command !== 'resume ID')) {
      expectWords(await home.say(command));
    }
    await home.gone();
  });
});

describe('a container that SIGSTOP stopped', () => {
  test('runs: commands that need its program fail or work, but none waits for it', { timeout }, async () => {
    const home = new Home();
    await home.done('run -d -b BUNDLE ID');
    process.kill(await home.pid(), 'SIGSTOP');
    for (const command of commands) expectWords(await home.say(command));
    await home.gone();
  });

  test('is created: start waits for it, and a signal ends start', { timeout }, async () => {
    const home = new Home();
    await home.done('create -b BUNDLE ID');
    process.kill(await home.pid(), 'SIGSTOP');
    const start = home.lane.spawn(['start', home.id]);
    await sleep(300);
    start.process.kill('SIGTERM');
    expect(await start.ended).not.toBe(0);
    await home.gone();
  });
});

describe('a hook that hangs', () => {
  const kinds = ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart'];
  const hanging = (kind: string) => (config: AnyConfig, name: string) => {
    const path = kind === 'startContainer' ? '/bin/sh' : '/bin/busybox';
    const args = ['sh', '-c', 'sleep 1234; true', name];
    config.hooks = { [kind]: [{ path, args }] };
  };

  /** A container whose `run` waits for its hook. */
  async function hung(kind: string) {
    const home = new Home(hanging(kind));
    const run = home.lane.spawn(['run', '-d', '-b', home.bundle, home.id]);
    await sleep(500 * patience);
    return { home, run };
  }

  test.each(kinds)('%s, and SIGTERM ends slipway', { timeout }, async (kind) => {
    const { home, run } = await hung(kind);
    run.process.kill('SIGTERM');
    expect(await run.ended).not.toBe(0);
    await home.gone();
  });

  test.each(kinds)('%s, and SIGKILL ends slipway', { timeout }, async (kind) => {
    const { home, run } = await hung(kind);
    run.process.kill('SIGKILL');
    await run.ended;
    await home.gone();
  });

  test.each(kinds)('%s, and delete --force ends the container', { timeout }, async (kind) => {
    const { home, run } = await hung(kind);
    const removed = await home.say('delete --force ID');
    expectWords(removed);
    run.process.kill('SIGTERM');
    await run.ended;
    await home.gone();
  });
});

describe('many commands at once on one id', () => {
  test('of 20 creates one wins', { timeout }, async () => {
    const home = new Home();
    for (let round = 0; round < 5; round++) {
      const results = await Promise.all(Array.from({ length: 20 }, () => home.say('create -b BUNDLE ID')));
      expect(results.filter(({ status }) => status === 0)).toHaveLength(1);
      for (const result of results) expectWords(result, /already (exists|in use)|is being/);
      await home.gone();
    }
  });

  test('of 10 starts one wins', { timeout }, async () => {
    const home = new Home();
    for (let round = 0; round < 5; round++) {
      await home.done('create -b BUNDLE ID');
      const results = await Promise.all(Array.from({ length: 10 }, () => home.say('start ID')));
      expect(results.filter(({ status }) => status === 0)).toHaveLength(1);
      for (const result of results) expectWords(result, /cannot start/);
      await home.gone();
    }
  });

  test('of 10 deletes all end, and the container is gone', { timeout }, async () => {
    const home = new Home();
    for (let round = 0; round < 5; round++) {
      await home.done('run -d -b BUNDLE ID');
      const results = await Promise.all(Array.from({ length: 10 }, () => home.say('delete --force ID')));
      for (const result of results) expectWords(result, /does not exist/);
      await home.gone();
    }
  });

  test('any of them, in any order', { timeout }, async () => {
    const home = new Home();
    const all = [
      ...commands,
      'create -b BUNDLE ID',
      'run -d -b BUNDLE ID',
      'start ID',
      'delete --force ID',
      'kill ID KILL',
    ];
    const worker = async () => {
      for (let round = 0; round < 60; round++) {
        const command = all[Math.floor(Math.random() * all.length)] ?? '';
        const result = await home.say(command);
        // 137: a `delete --force` ends the `create` of a container that is not ready. 137 and 143 of an exec: its
        // program was ended by a `kill --all`.
        const silent = command.startsWith('exec') ? [0, 137, 143] : [0, 137];
        if (!silent.includes(result.status)) {
          expect(`${command}: ${result.status} ${result.stderr}`).toMatch(/^[^\n]+: \d+ [^\n]+\n$/);
        }
        expect(`${command}: ${result.stderr}`).not.toMatch(/unexpected/);
      }
    };
    await Promise.all(Array.from({ length: 8 }, worker));
    await home.gone();
  });
});
