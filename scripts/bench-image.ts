// npm run bench:image: 1 GiB in ten layers, unpacked by slipway, umoci and podman (those that scripts/test unpacks), interleaved round
// by round. Medians of time, ratios, and peak memory. Option: --rounds N.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { tarOf, writeLayout } from '../test/support/image.ts';
import { Random } from '../test/support/random-config.ts';
import { Meter, medianOf, type Sample } from './meter.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '3' } } });
const rounds = Number(values.rounds);
const dist = new URL('../dist', import.meta.url).pathname;
const engines = new URL('../.engines', import.meta.url).pathname;

// A file system on disk: 1 GiB and three copies of it are too much for most in memory.
const folder = mkdtempSync('/var/tmp/slipway-bench-');
const layout = `${folder}/layout`;
const env = {
  LD_LIBRARY_PATH: `${engines}/usr/lib/x86_64-linux-gnu`,
  CONTAINERS_CONF: `${folder}/containers.conf`,
};
const podman = [
  `${engines}/usr/bin/podman`,
  ...['--root', `${folder}/podman/root`, '--runroot', `${folder}/podman/run`, '--storage-driver', 'overlay'],
];

const commands: Readonly<Record<string, readonly string[]>> = {
  'slipway bundle': [`${dist}/slipway`, 'bundle', `oci:${layout}`, `${folder}/slipway`],
  'umoci unpack': [`${engines}/usr/bin/umoci`, 'unpack', '--image', `${layout}:latest`, `${folder}/umoci`],
  'podman load': [
    ...podman,
    'load',
    '--quiet',
    '--signature-policy',
    `${folder}/policy.json`,
    '--input',
    `${folder}/tar`,
  ],
};

try {
  prepare();
  console.log(table(await measure()));
} finally {
  remove();
  rmSync(folder, { recursive: true, force: true });
}

function prepare(): void {
  writeLayout(
    layout,
    Array.from({ length: 10 }, (_, layer) => ({ archive: layerOf(layer), compression: 'gzip' as const })),
  );
  execFileSync('tar', ['-C', layout, '-cf', `${folder}/tar`, '.']);
  writeFileSync(`${folder}/policy.json`, '{"default":[{"type":"insecureAcceptAnything"}]}');
  writeFileSync(`${folder}/containers.conf`, `[engine]\nconmon_path = ["${engines}/usr/bin/conmon"]\n`);
}

/** A hundred files of a MiB, of words: gzip makes a third of them, as of programs. */
function layerOf(layer: number): Buffer {
  const random = new Random(layer);
  const words = Array.from({ length: 5000 }, () =>
    random
      .next()
      .toString(16)
      .slice(2, 4 + random.below(12))
      .repeat(2),
  );
  const text = Array.from({ length: 200_000 }, () => random.pick(words))
    .join(' ')
    .slice(0, 1 << 20);
  return tarOf(
    Array.from({ length: 105 }, (_, file) => ({
      name: `l${layer}/d${file % 10}/f${file}`,
      data: text.slice(file * 977) + text.slice(0, file * 977),
    })),
  );
}

async function measure(): Promise<Readonly<Record<string, Sample>>> {
  const meter = new Meter(folder);
  const samples: Record<string, Sample[]> = {};
  // The first round warms the caches and does not count.
  for (let round = -1; round < rounds; round += 1)
    for (const [name, command] of Object.entries(commands)) {
      const sample = await meter.sample(command, { deadline: 120_000, env });
      if (round >= 0) samples[name] = [...(samples[name] ?? []), sample];
      remove();
    }
  return Object.fromEntries(Object.entries(samples).map(([name, all]) => [name, medianOf(all)]));
}

function remove(): void {
  for (const name of ['slipway', 'umoci']) rmSync(`${folder}/${name}`, { recursive: true, force: true });
  execFileSync('sh', [
    '-c',
    'umount "$1/podman/root/overlay" 2>/dev/null; rm -rf "$1/podman"; sync',
    '-',
    folder,
  ]);
}

function table(figures: Readonly<Record<string, Sample>>): string {
  const own = figures['slipway bundle']?.time ?? 0;
  const rows = Object.entries(figures).map(
    ([name, { time, memory }]) =>
      `| ${name} | ${(time / 1000).toFixed(2)} | ${(own / time).toFixed(2)} | ${(memory / 1024).toFixed(1)} |`,
  );
  return [
    `1 GiB in ten layers, medians of ${rounds} rounds`,
    '',
    '| | s | slipway / it | MiB |',
    '|---|--:|--:|--:|',
    ...rows,
    '',
  ].join('\n');
}
