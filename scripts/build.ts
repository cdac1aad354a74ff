// Builds dist/: the init and the launcher with the C compiler, the driver with Bun, and the same sources for Node. With
// --sanitized: after that dist/sanitized, the same with the address and undefined-behaviour sanitizers in every C program.

import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { execa } from 'execa';
import { configSchema } from '../src/spec/config.ts';
import { commonFlags, sanitizedFlags } from './c-flags.ts';
import { generateAccepts } from './generate-accepts.ts';
import { protocolHeader } from './generate-header.ts';

process.chdir(new URL('..', import.meta.url).pathname);
for (const folder of ['dist/include', 'dist/generated']) mkdirSync(folder, { recursive: true });
writeFileSync('dist/include/protocol.h', protocolHeader());
writeFileSync('dist/generated/accepts-config.js', generateAccepts(configSchema));

type Flavour = {
  readonly folder: string;
  readonly flags: readonly string[];
  readonly extra: readonly string[];
};

const shipped: Flavour = { folder: 'dist', flags: ['-Os', '-Wl,--gc-sections', '-s', '-static'], extra: [] };

const sanitized: Flavour = {
  folder: 'dist/sanitized',
  // Never -static: the address sanitizer is a shared library.
  flags: sanitizedFlags,
  extra: ['test/probe/sanitizer.c'],
};

await Promise.all([buildC(shipped), buildJavaScript()]);
if (process.argv.includes('--sanitized')) await buildSanitized();

async function buildC(flavour: Flavour): Promise<void> {
  const own = ['launcher', 'inherited-fds', 'answer'].map((name) => `src/init/${name}.c`);
  const sources = readdirSync('src/init')
    .filter((name) => name.endsWith('.c'))
    .map((name) => `src/init/${name}`)
    .filter((path) => !own.includes(path));
  await compile(flavour, sources, 'slipway-init');
  const launcher = [...own, 'src/init/process.c'];
  await compile(flavour, launcher, 'slipway');
  await compile(flavour, ['-DNODE_LAUNCHER', ...launcher], 'slipway-node');
  // It loads libseccomp at run time.
  const flags = flavour.flags.filter((flag) => flag !== '-static');
  await compile(
    { ...flavour, flags },
    ['src/seccomp/compiler.c', 'src/seccomp/library.c'],
    'slipway-seccomp',
  );
}

async function buildSanitized(): Promise<void> {
  mkdirSync(sanitized.folder, { recursive: true });
  await buildC(sanitized);
  for (const name of ['slipway-driver', 'node']) {
    rmSync(`${sanitized.folder}/${name}`, { recursive: true, force: true });
    cpSync(`dist/${name}`, `${sanitized.folder}/${name}`, { recursive: true });
  }
}

async function compile(
  { folder, flags, extra }: Flavour,
  args: readonly string[],
  name: string,
): Promise<void> {
  const output = `${folder}/${name}`;
  await run(process.env.CC ?? 'cc', [...commonFlags, ...flags, ...args, ...extra, '-o', `${output}.new`]);
  // A program that runs cannot be written, but its name can be given to another file.
  renameSync(`${output}.new`, output);
}

async function buildJavaScript(): Promise<void> {
  const bun = `node_modules/@oven/bun-linux-${process.arch === 'arm64' ? 'aarch64' : 'x64'}/bin/bun`;
  const common = [
    ...['build', 'src/main.ts', '--conditions=built', '--minify-syntax', '--minify-whitespace'],
    `--define=process.env.SLIPWAY_COMMIT=${JSON.stringify(await describeCommit())}`,
  ];
  rmSync('dist/node', { recursive: true, force: true });
  await run(bun, [...common, '--target=node', '--format=esm', '--splitting', '--outdir=dist/node']);
  const autoload = ['dotenv', 'bunfig', 'tsconfig', 'package-json'].map(
    (name) => `--no-compile-autoload-${name}`,
  );
  await run(bun, [
    ...common,
    '--compile',
    '--bytecode',
    '--format=esm',
    '--splitting',
    '--compile-jit-policy=1000',
    ...autoload,
    '--outfile=dist/driver.new',
  ]);
  // Written again in one go: its pages are then read from large folios.
  writeFileSync('dist/slipway-driver.new', readFileSync('dist/driver.new'), { mode: 0o755 });
  rmSync('dist/driver.new');
  renameSync('dist/slipway-driver.new', 'dist/slipway-driver');
  copyFileSync('LICENSE', 'dist/LICENSE');
}

/** Empty without git, or outside of a checkout. */
async function describeCommit(): Promise<string> {
  const { stdout } = await execa('git', ['describe', '--always', '--dirty'], { reject: false });
  return stdout ?? '';
}

/** Runs a compiler. Its first error ends the build. */
async function run(command: string, args: readonly string[]): Promise<void> {
  const { failed, shortMessage } = await execa(command, args, {
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'inherit',
    reject: false,
  });
  if (!failed) return;
  console.error(`slipway: ${shortMessage}`);
  process.exit(1);
}
