// npm run bench: every command under slipway, runc and crun, interleaved round by round, in two regimes: back to back, and
// with a pause before each command, as an engine's user meets it. Medians in milliseconds, ratios, and peak memory.
// Options: --rounds N, --pause MILLISECONDS, --json.

import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startTimeOf } from '../src/host/process.ts';
import { exampleConfig } from '../src/spec/example.ts';
import { makeHostFitForCrun } from '../test/support/crun-host.ts';
import { engineProfile, engineProfilePath } from '../test/support/seccomp.ts';
import { Meter, medianOf, type Sample } from './meter.ts';

const dist = new URL('../dist', import.meta.url).pathname;
/** The files of each, the command first. */
const programs = {
  slipway: ['slipway', 'slipway-driver', 'slipway-init', 'slipway-seccomp'].map((name) => `${dist}/${name}`),
  runc: ['/usr/bin/runc'],
  crun: ['/usr/bin/crun'],
} as const;
type Runtime = keyof typeof programs;
const names = Object.keys(programs) as Runtime[];

/**
 * In the order in which a round runs them. The life of a container is create, start, kill and delete together; the last has
 * podman's default profile, which slipway compiles once.
 */
const commands = [
  '--version',
  'create',
  'state',
  'start',
  'exec',
  'kill',
  'delete',
  'life',
  'run',
  'run, seccomp',
] as const;
type Command = (typeof commands)[number];

type Figures = Record<Command, Record<Runtime, Sample>>;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '30' },
    pause: { type: 'string', default: '150' },
    json: { type: 'boolean', default: false },
  },
});

const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-'));
const name = folder.slice(folder.lastIndexOf('/') + 1);
const undo = makeHostFitForCrun();
let meter: Meter;
try {
  prepare();
  const rounds = Number(values.rounds);
  const regimes = {
    'back to back': await measure(rounds, 0),
    [`after a pause of ${values.pause} ms`]: await measure(rounds, Number(values.pause)),
  };
  console.log(values.json ? JSON.stringify({ rounds, regimes }, null, 2) : table(regimes, rounds));
} finally {
  undo();
  rmSync(folder, { recursive: true, force: true });
}

function prepare(): void {
  // Copies, all made now: how the pages of a file lie in memory, and so how fast a program starts, depends on when and how
  // it was written or read.
  const copied = [...Object.values(programs).flat(), '/bin/busybox'];
  for (const path of [...copied, engineProfilePath])
    if (!existsSync(path)) throw new Error(`${path} is missing: install or build it`);
  for (const path of copied) cpSync(path, `${folder}/bin/${basename(path)}`);
  meter = new Meter(folder);
  for (const runtime of names) {
    makeBundle(`${runtime}-true`, ['/bin/true']);
    makeBundle(`${runtime}-sleep`, ['/bin/sleep', '1000']);
    makeBundle(`${runtime}-seccomp`, ['/bin/true'], { seccomp: engineProfile() });
  }
}

function makeBundle(bundle: string, args: readonly string[], linux = {}): void {
  mkdirSync(`${folder}/${bundle}/rootfs/bin`, { recursive: true });
  cpSync(`${folder}/bin/busybox`, `${folder}/${bundle}/rootfs/bin/busybox`);
  for (const applet of ['true', 'sleep']) symlinkSync('busybox', `${folder}/${bundle}/rootfs/bin/${applet}`);
  const config = exampleConfig(false) as { process: object; linux: object };
  Object.assign(config.process, { terminal: false, args });
  Object.assign(config.linux, { cgroupsPath: `/${name}-${bundle}`, ...linux });
  writeFileSync(`${folder}/${bundle}/config.json`, JSON.stringify(config));
}

/** Medians of each command and runtime. The first two rounds warm the caches and do not count. */
async function measure(rounds: number, pause: number): Promise<Figures> {
  const samples = new Map<string, Sample[]>();
  for (let round = -2; round < rounds; round++) {
    for (const runtime of names) {
      for (const [command, sample] of await lifeOf(runtime, pause)) {
        const key = `${command} ${runtime}`;
        if (round >= 0) samples.set(key, [...(samples.get(key) ?? []), sample]);
      }
    }
  }
  return Object.fromEntries(
    commands.map((command) => [
      command,
      Object.fromEntries(
        names.map((runtime) => [runtime, medianOf(samples.get(`${command} ${runtime}`) ?? [])]),
      ),
    ]),
  ) as Figures;
}

/** Every command once. */
async function lifeOf(runtime: Runtime, pause: number): Promise<[Command, Sample][]> {
  const once = async (...args: string[]): Promise<Sample> => {
    const root = `${folder}/state-${runtime}`;
    return await meter.sample([`${folder}/bin/${runtime}`, '--root', root, ...args], {
      pause,
      deadline: 10_000,
    });
  };
  const pidFile = `${folder}/pid`;
  const version = await once('--version');
  const create = await once('create', '--bundle', `${folder}/${runtime}-sleep`, '--pid-file', pidFile, 'c');
  const pid = Number(readFileSync(pidFile, 'utf8'));
  const start = await once('start', 'c');
  const state = await once('state', 'c');
  const exec = await once('exec', 'c', '/bin/true');
  const kill = await once('kill', 'c', 'KILL');
  while (startTimeOf(pid) !== null) await sleep(1);
  const remove = await once('delete', 'c');
  const life = {
    time: create.time + start.time + kill.time + remove.time,
    memory: Math.max(create.memory, start.memory, kill.memory, remove.memory),
  };
  const run = await once('run', '--bundle', `${folder}/${runtime}-true`, 'r');
  const filtered = await once('run', '--bundle', `${folder}/${runtime}-seccomp`, 'f');
  return [
    ['--version', version],
    ['create', create],
    ['state', state],
    ['start', start],
    ['exec', exec],
    ['kill', kill],
    ['delete', remove],
    ['life', life],
    ['run', run],
    ['run, seccomp', filtered],
  ];
}

function table(regimes: Readonly<Record<string, Figures>>, rounds: number): string {
  const head = `| ${['ms', ...names, '/ runc', '/ crun', 'MiB: slipway', 'runc', 'crun'].join(' | ')} |`;
  const rule = `|---|${'--:|'.repeat(8)}`;
  return Object.entries(regimes)
    .map(([regime, figures]) => {
      const rows = commands.map((command) => row(command, figures[command]));
      return [`${regime}, medians of ${rounds} rounds`, '', head, rule, ...rows, ''].join('\n');
    })
    .join('\n');
}

function row(command: Command, samples: Record<Runtime, Sample>): string {
  const { slipway } = samples;
  const cells = [
    ...names.map((runtime) => samples[runtime].time.toFixed(1)),
    ...(['runc', 'crun'] as const).map((peer) => (slipway.time / samples[peer].time).toFixed(2)),
    ...names.map((runtime) => (samples[runtime].memory / 1024).toFixed(1)),
  ];
  return `| ${[command, ...cells].join(' | ')} |`;
}
