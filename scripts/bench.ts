// npm run bench: `run` of /bin/true under slipway, runc and crun, interleaved round by round, in two regimes: back to back,
// and with a pause before each run, as an engine's user meets it. Medians in milliseconds, and ratios.
// Options: --rounds N, --pause MILLISECONDS, --json.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { exampleConfig } from '../src/spec/example.ts';
import { makeHostFitForCrun } from '../test/support/crun-host.ts';

const runtimes = {
  slipway: new URL('../dist/slipway', import.meta.url).pathname,
  runc: '/usr/bin/runc',
  crun: '/usr/bin/crun',
} as const;
type Runtime = keyof typeof runtimes;
type Medians = Record<Runtime, number>;

const names = Object.keys(runtimes) as Runtime[];
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '40' },
    pause: { type: 'string', default: '150' },
    json: { type: 'boolean', default: false },
  },
});

const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-'));
const undo = makeHostFitForCrun();
try {
  const bundle = makeBundle();
  const rounds = Number(values.rounds);
  const regimes = {
    'back to back': await measure(bundle, rounds, 0),
    [`after a pause of ${values.pause} ms`]: await measure(bundle, rounds, Number(values.pause)),
  };
  console.log(values.json ? JSON.stringify(regimes, null, 2) : table(regimes, rounds));
} finally {
  undo();
  rmSync(folder, { recursive: true, force: true });
}

function makeBundle(): string {
  for (const [name, path] of Object.entries({ ...runtimes, busybox: '/bin/busybox' })) {
    if (!existsSync(path)) throw new Error(`${path} is missing: install or build ${name}`);
  }
  mkdirSync(`${folder}/rootfs/bin`, { recursive: true });
  cpSync('/bin/busybox', `${folder}/rootfs/bin/busybox`);
  symlinkSync('busybox', `${folder}/rootfs/bin/true`);
  const config = exampleConfig(false) as { process: object; linux: object };
  Object.assign(config.process, { terminal: false, args: ['/bin/true'] });
  Object.assign(config.linux, { cgroupsPath: `/${folder.slice(folder.lastIndexOf('/') + 1)}` });
  writeFileSync(`${folder}/config.json`, JSON.stringify(config));
  return folder;
}

/** Medians of each runtime. The first two rounds warm the caches and do not count. */
async function measure(bundle: string, rounds: number, pause: number): Promise<Medians> {
  const times: Record<Runtime, number[]> = { slipway: [], runc: [], crun: [] };
  for (let round = -2; round < rounds; round++) {
    for (const name of names) {
      if (pause > 0) await sleep(pause);
      const time = await runOnce(name, bundle);
      if (round >= 0) times[name].push(time);
    }
  }
  return { slipway: median(times.slipway), runc: median(times.runc), crun: median(times.crun) };
}

async function runOnce(name: Runtime, bundle: string): Promise<number> {
  const args = ['--root', `${folder}/state-${name}`, 'run', '--bundle', bundle, 'bench'];
  const begin = performance.now();
  const child = spawn(runtimes[name], args, { stdio: ['ignore', 'ignore', 'inherit'], timeout: 10_000 });
  const [status] = await once(child, 'exit');
  if (status !== 0) throw new Error(`${name} ended with status ${status}`);
  return performance.now() - begin;
}

function median(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

function table(regimes: Readonly<Record<string, Medians>>, rounds: number): string {
  const rows = Object.entries(regimes).map(([regime, medians]) =>
    [
      `run /bin/true, ${regime}`.padEnd(42),
      ...names.map((name) => medians[name].toFixed(1).padStart(8)),
      ...(['runc', 'crun'] as const).map((name) => (medians.slipway / medians[name]).toFixed(2).padStart(13)),
    ].join(''),
  );
  const head = [
    ''.padEnd(42),
    ...names.map((name) => name.padStart(8)),
    '  slipway/runc',
    ' slipway/crun',
  ].join('');
  return [`medians of ${rounds} rounds, ms`, head, ...rows].join('\n');
}
