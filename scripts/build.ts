// Builds dist/: the init and the launcher with the C compiler, the driver with Bun, and the same sources for Node.

import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { protocolHeader } from './generate-header.ts';

process.chdir(new URL('..', import.meta.url).pathname);
mkdirSync('dist/include', { recursive: true });
writeFileSync('dist/include/protocol.h', protocolHeader());
buildC();
buildJavaScript();

function buildC(): void {
  const launcher = 'src/init/launcher.c';
  const sources = readdirSync('src/init')
    .filter((name) => name.endsWith('.c'))
    .map((name) => `src/init/${name}`)
    .filter((path) => path !== launcher);
  compile(sources, 'dist/slipway-init');
  compile([launcher], 'dist/slipway');
}

function compile(sources: readonly string[], output: string): void {
  const flags = [
    '-std=c11',
    '-D_GNU_SOURCE',
    '-Os',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-static',
    '-Wl,--gc-sections',
    '-s',
  ];
  run(process.env.CC ?? 'cc', [...flags, '-Isrc/init', '-Idist/include', ...sources, '-o', `${output}.new`]);
  // A program that runs cannot be written, but its name can be given to another file.
  renameSync(`${output}.new`, output);
}

function buildJavaScript(): void {
  const bun = `node_modules/@oven/bun-linux-${process.arch === 'arm64' ? 'aarch64' : 'x64'}/bin/bun`;
  const common = ['build', 'src/main.ts', '--minify-syntax', '--minify-whitespace'];
  rmSync('dist/node', { recursive: true, force: true });
  run(bun, [...common, '--target=node', '--format=esm', '--splitting', '--outdir=dist/node']);
  const autoload = ['dotenv', 'bunfig', 'tsconfig', 'package-json'].map(
    (name) => `--no-compile-autoload-${name}`,
  );
  run(bun, [
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

function run(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (error === undefined && status === 0) return;
  console.error(
    `slipway: ${error === undefined ? `${command} ended with status ${status}` : `${command}: ${error.message}`}`,
  );
  process.exit(1);
}
