// Builds dist/: the init and the launcher with the C compiler, the driver with Bun, and the same sources for Node.

import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { execa } from 'execa';
import { configSchema } from '../src/spec/config.ts';
import { generateAccepts } from './generate-accepts.ts';
import { protocolHeader } from './generate-header.ts';

process.chdir(new URL('..', import.meta.url).pathname);
for (const folder of ['dist/include', 'dist/generated']) mkdirSync(folder, { recursive: true });
writeFileSync('dist/include/protocol.h', protocolHeader());
writeFileSync('dist/generated/accepts-config.js', generateAccepts(configSchema));
await Promise.all([buildC(), buildJavaScript()]);

async function buildC(): Promise<void> {
  const own = ['launcher', 'answer'].map((name) => `src/init/${name}.c`);
  const sources = readdirSync('src/init')
    .filter((name) => name.endsWith('.c'))
    .map((name) => `src/init/${name}`)
    .filter((path) => !own.includes(path));
  await compile(['-static', ...sources], 'dist/slipway-init');
  const launcher = ['-static', ...own, 'src/init/process.c'];
  await compile(launcher, 'dist/slipway');
  await compile(['-DNODE_LAUNCHER', ...launcher], 'dist/slipway-node');
  await compile(['src/seccomp/compiler.c'], 'dist/slipway-seccomp');
}

async function compile(args: readonly string[], output: string): Promise<void> {
  const flags = [
    '-std=c11',
    '-D_GNU_SOURCE',
    '-Os',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-Wl,--gc-sections',
    '-s',
  ];
  await run(process.env.CC ?? 'cc', [
    ...flags,
    '-Isrc/init',
    '-Idist/include',
    ...args,
    '-o',
    `${output}.new`,
  ]);
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
