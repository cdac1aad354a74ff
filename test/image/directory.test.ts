// `bundle dir:PATH`: a copy of a root file system as a bundle.

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { listing, makePlace } from '../support/image.ts';
import { runAs } from '../support/rootless.ts';
import { runtimePath } from '../support/runtime.ts';
import { makeRootfs, Sandbox } from '../support/sandbox.ts';
import { expectRefusal } from '../support/words.ts';

const sandbox = Sandbox.forFile();

/** A place with a root file system at `layout`. */
function makeSource() {
  const at = makePlace(sandbox.folder);
  makeRootfs(at.layout);
  return at;
}

test('the copy has everything of the root file system, and runs', async () => {
  const at = makeSource();
  const script = `cd "$1/bin"; truncate -s 1M hole; echo end >> hole; ln hole hard; mkfifo -m 600 fifo; mknod -m 640 null c 1 3
chown 7:8 hole; chmod 6755 hole; python3 -c 'import os; os.setxattr("hole", "user.note", b"text")'; touch -d @1.5 hole ..`;
  execFileSync('sh', ['-ec', script, '-', at.layout]);
  expect(await sandbox.run(['bundle', `dir:${at.layout}`, at.bundle])).toMatchObject({
    status: 0,
    stderr: '',
  });
  const shown = (folder: string) => listing(folder).replaceAll(folder, '');
  expect(shown(at.rootfs)).toBe(shown(at.layout));
  expect(statSync(`${at.rootfs}/bin/hole`).blocks).toBe(statSync(`${at.layout}/bin/hole`).blocks);
  const attribute = [
    '-c',
    'import os,sys; print(os.getxattr(sys.argv[1], "user.note"))',
    `${at.rootfs}/bin/hole`,
  ];
  expect(execFileSync('python3', attribute, { encoding: 'utf8' })).toBe("b'text'\n");
  const config = JSON.parse(readFileSync(`${at.bundle}/config.json`, 'utf8'));
  expect(config.process.args).toEqual(['sh']);
  expect(config.annotations).toBeUndefined();
  const ran = await sandbox.run(['run', '--bundle', at.bundle, sandbox.id()]);
  expect(ran).toMatchObject({ status: 0, stderr: '' });
});

test('what cannot be copied is said', async () => {
  const at = makeSource();
  const server = createServer().listen(`${at.layout}/socket`);
  await once(server, 'listening');
  const { status, stderr } = await sandbox.run(['bundle', `dir:${at.layout}`, at.bundle]);
  server.close();
  expect(status).toBe(0);
  expect(stderr).toMatch(/level=warning msg="tar: \.\/socket: socket ignored"\n$/);
});

test('without root: what the caller has becomes that of root in the container', async () => {
  const uid = 4242;
  const at = makeSource();
  const own = `${at.folder}/own`;
  mkdirSync(own);
  chownSync(own, uid, uid);
  for (const path of [sandbox.folder, at.folder]) chmodSync(path, 0o755);
  const call = (...args: string[]) => runAs(uid, [runtimePath, '--root', `${own}/state`, ...args], at.folder);
  expect(await call('bundle', `dir:${at.layout}`, `${own}/bundle`)).toMatchObject({ status: 0 });
  expect(statSync(`${own}/bundle/rootfs/bin/busybox`)).toMatchObject({ uid, gid: uid });
  expect(await call('run', '--bundle', `${own}/bundle`, sandbox.id())).toMatchObject({ status: 0 });
});

test.each<[string, readonly string[], RegExp]>([
  [
    'a directory that is not there',
    ['dir:/nothing'],
    /^"\/nothing" is no directory, and dir: takes a root file system\n$/,
  ],
  ['a platform', ['--platform', 'linux/amd64', 'dir:/usr'], /^--platform: dir:\/usr is a root file system/],
  ['a copy in what is copied', ['dir:/'], /" is inside of "\/", which is copied to it\n$/],
])('%s', async (_name, options, words) => {
  const at = makePlace(sandbox.folder);
  expectRefusal(await sandbox.run(['bundle', ...options, at.bundle]), words);
  expect(existsSync(at.bundle)).toBe(false);
});

test('tar(1) that fails, and one that is not there', async () => {
  const at = makeSource();
  mkdirSync(`${at.folder}/bin`);
  writeFileSync(
    `${at.folder}/bin/tar`,
    '#!/bin/sh\necho "tar: cannot" >&2\necho "tar: exiting" >&2\nexit 2\n',
    { mode: 0o755 },
  );
  const call = (path: string) =>
    sandbox.run(['bundle', `dir:${at.layout}`, at.bundle], { env: { PATH: path } });
  expectRefusal(await call(`${at.folder}/bin:/usr/bin:/bin`), /layout": tar: cannot; tar: exiting\n$/);
  expectRefusal(await call(at.layout), /GNU tar cannot be run: no such file or directory \(ENOENT\)\n$/);
  expect(existsSync(at.bundle)).toBe(false);
});
