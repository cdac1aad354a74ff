// The image that every engine runs: a root file system of busybox, as the archive of "docker save".

import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { execaSync } from 'execa';
import { makeRootfs } from '../support/sandbox.ts';

export const image = 'localhost/box:1';

/** Makes the archive in a folder. Returns its path. */
export function makeImage(folder: string): string {
  const [rootfs, parts, archive] = [`${folder}/rootfs`, `${folder}/image`, `${folder}/image.tar`];
  mkdirSync(parts);
  makeRootfs(rootfs);
  chmodSync(`${rootfs}/tmp`, 0o1777);
  // As images have them whose packages are left out.
  symlinkSync('/usr/share/zoneinfo/Here', `${rootfs}/etc/localtime`);
  execaSync('tar', ['-C', rootfs, '-c', '-f', `${parts}/layer.tar`, '.']);
  const digest = createHash('sha256')
    .update(readFileSync(`${parts}/layer.tar`))
    .digest('hex');
  const created = '2026-01-01T00:00:00Z';
  const config = {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    created,
    config: { Env: ['PATH=/bin'], Cmd: ['sleep', '1000000'] },
    history: [{ created }],
    rootfs: { type: 'layers', diff_ids: [`sha256:${digest}`] },
  };
  writeFileSync(`${parts}/config.json`, JSON.stringify(config));
  const manifest = [{ Config: 'config.json', RepoTags: [image], Layers: ['layer.tar'] }];
  writeFileSync(`${parts}/manifest.json`, JSON.stringify(manifest));
  execaSync('tar', ['-C', parts, '-c', '-f', archive, '.']);
  return archive;
}
