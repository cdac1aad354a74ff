// The commands of the README: the first container, by hand, from create to delete.

import { readFileSync, symlinkSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { runProgram, slipwayPath } from './support/runtime.ts';
import { Sandbox } from './support/sandbox.ts';
import { until } from './support/until.ts';

const sandbox = Sandbox.forFile();

/** The indented commands of a section, with the state and the names of this test. */
function commandsOf(title: string, id: string): string[] {
  const [, text = ''] = readFileSync('README.md', 'utf8').split(`## ${title}\n`);
  const [section = ''] = text.split(/^###? /m);
  return [...section.matchAll(/^ {4}(.*)$/gm)].map(([, line = '']) =>
    line
      .replaceAll('dist/slipway', `${slipwayPath} --root ${sandbox.root}`)
      .replaceAll('first', id)
      .replaceAll('bundles/image', resolve('bundles/image')),
  );
}

test('the first container, by hand', async () => {
  symlinkSync(resolve('bundles'), `${sandbox.folder}/bundles`);
  const id = sandbox.id();
  const commands = commandsOf('The first container, by hand', id);
  const outputs: Record<string, string> = {};
  for (const command of commands) {
    // SIGKILL takes a moment; a person types no faster.
    if (command.includes(' delete ')) await until(async () => (await sandbox.state(id)).status === 'stopped');
    const script = `cd ${sandbox.folder} && ${command}`;
    const { status, stdout, stderr } = await runProgram('/bin/sh', ['-c', script], {
      folder: sandbox.folder,
    });
    expect({ status, stderr }, command).toEqual({ status: 0, stderr: '' });
    outputs[/--root \S+ (\w+)/.exec(command)?.[1] ?? command] = stdout;
  }
  expect(outputs.validate).toBe('config.json is valid\n');
  expect(JSON.parse(outputs.state ?? '')).toMatchObject({ status: 'created', id });
  expect(outputs.exec).toContain('sleep 60');
});
