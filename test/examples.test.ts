// The worked examples of src/README.md, "add a property" and "add a command": their changes make a slipway that has both.

import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { patience } from './support/patience.ts';
import { runProgram } from './support/runtime.ts';
import { Sandbox } from './support/sandbox.ts';

const sandbox = Sandbox.forFile();

type Change = { readonly path: string; readonly before: string; readonly after: string };

/** The blocks of a page that say what changes in which file. */
function changesOf(page: string): Change[] {
  return [...page.matchAll(/^( *)```diff\n(.*?)^ *```$/gms)].flatMap(([, indent = '', block = '']) => {
    const lines = block.split('\n').map((line) => line.slice(indent.length));
    const path = lines.find((line) => line.startsWith('+++ '))?.slice('+++ b/'.length) ?? '';
    const hunks = lines.join('\n').split(/^@@$/m).slice(1);
    return hunks.map((hunk) => ({ path, before: side(hunk, '-'), after: side(hunk, '+') }));
  });
}

/** The lines of a hunk on one side of the change. */
function side(hunk: string, mark: '-' | '+'): string {
  const lines = hunk.split('\n').slice(1, -1);
  return lines
    .filter((line) => line === '' || line.startsWith(' ') || line.startsWith(mark))
    .map((line) => `${line.slice(1)}\n`)
    .join('');
}

function apply(root: string, { path, before, after }: Change): void {
  const file = join(root, path);
  if (before === '') {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, after);
    return;
  }
  const text = readFileSync(file, 'utf8');
  expect(text.split(before), `${path}: ${before}`).toHaveLength(2);
  writeFileSync(
    file,
    text.replace(before, () => after),
  );
}

test('a slipway with the property and the command of src/README.md', {
  timeout: 120_000 * patience,
}, async () => {
  const root = `${sandbox.folder}/sources`;
  mkdirSync(root);
  for (const name of ['src', 'scripts', 'package.json', 'tsconfig.json', 'LICENSE', 'bundles', 'test'])
    cpSync(name, join(root, name), { recursive: true });
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'));
  const changes = changesOf(readFileSync('src/README.md', 'utf8'));
  expect(new Set(changes.map(({ path }) => path))).toEqual(
    new Set([
      'src/spec/process.ts',
      'src/init/shapes/process.ts',
      'src/init/scheduling.c',
      'src/plan/words/process.ts',
      'src/scheduling/scheduling.ts',
      'src/cli/commands.ts',
      'src/container/pid.ts',
      'src/cli/pid.ts',
    ]),
  );
  for (const change of changes) apply(root, change);
  await execa(process.execPath, ['node_modules/typescript/bin/tsc', '--noEmit'], { cwd: root });
  await execa(process.execPath, ['scripts/build.ts'], { cwd: root });
  const slipway = `${root}/dist/slipway`;
  expect(existsSync(slipway)).toBe(true);

  const bundle = sandbox.script('cat /proc/self/timerslack_ns; exec sleep 1000', (config) => {
    config.process.timerSlack = 123456;
  });
  const id = sandbox.id();
  const settings = { folder: sandbox.folder };
  const call = (...args: string[]) => runProgram(slipway, ['--root', sandbox.root, ...args], settings);
  expect((await call('plan', '-b', bundle)).stdout).toMatch(
    /^container +timerSlack 123456 ns {2}\(\/process\/timerSlack\)$/m,
  );
  expect(await call('run', '-d', '-b', bundle, id)).toMatchObject({ status: 0, stderr: '' });
  const { pid } = JSON.parse((await call('state', id)).stdout);
  expect(await call('pid', id)).toEqual({ status: 0, stdout: `${pid}\n`, stderr: '' });
  expect(await call('exec', id, 'cat', '/proc/self/timerslack_ns')).toMatchObject({ stdout: '123456\n' });
  await call('delete', '--force', id);
});
