// `run --image` and `create --image`: a container of an image on disk, whose root file system goes with it.

import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { writeSample } from '../../scripts/sample-image.ts';
import { criuWorks } from '../support/criu.ts';
import { busyboxLayer, longLayer, makePlace, tarOf, writeLayout } from '../support/image.ts';
import { runAs } from '../support/rootless.ts';
import { runProgram, runtimePath } from '../support/runtime.ts';
import { Sandbox } from '../support/sandbox.ts';
import { until } from '../support/until.ts';
import { expectRefusal } from '../support/words.ts';

const sandbox = Sandbox.forFile();
const at = makePlace(sandbox.folder);
const image = `oci:${at.layout}`;
const bundles = `${sandbox.root}/@bundles`;

beforeAll(() => {
  for (const path of [sandbox.folder, at.folder]) chmodSync(path, 0o755);
  writeLayout(at.layout, [busyboxLayer()]);
});

/** Writes an image with another program. Returns its name. */
function imageOf(...args: readonly string[]): string {
  const { layout } = makePlace(sandbox.folder);
  writeLayout(layout, [busyboxLayer()], {
    config: ({ config }) => {
      config.Cmd = args;
    },
  });
  return `oci:${layout}`;
}

function left(): string[] {
  return existsSync(bundles) ? readdirSync(bundles) : [];
}

test('run: nothing of it is left after its end', async () => {
  const { status, stdout, stderr } = await sandbox.run(['run', '--image', image, sandbox.id()]);
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'hello\n', stderr: '' });
  expect(left()).toEqual([]);
});

test('bundles/image: it is what scripts/sample-image.ts writes, and a container of two commands, or one', async () => {
  const { folder, bundle } = makePlace(sandbox.folder);
  const names = (path: string) =>
    readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => [
        `${parentPath}/${name}`.slice(path.length),
        readFileSync(`${parentPath}/${name}`, 'latin1'),
      ])
      .toSorted();
  writeSample(`${folder}/image`);
  expect(names('bundles/image')).toEqual(names(`${folder}/image`));
  const sample = `oci:${process.cwd()}/bundles/image`;
  expect(await sandbox.run(['bundle', sample, bundle])).toMatchObject({ status: 0, stderr: '' });
  const hello = { status: 0, stdout: 'hello from an image\n', stderr: '' };
  expect(await sandbox.run(['run', '--bundle', bundle, sandbox.id()])).toEqual(hello);
  expect(await sandbox.run(['run', '--image', sample, sandbox.id()])).toEqual(hello);
});

test('run --keep, and delete', async () => {
  const id = sandbox.id();
  expect(await sandbox.run(['run', '--keep', '--image', image, id])).toMatchObject({ status: 0 });
  expect(await sandbox.state(id)).toMatchObject({ bundle: `${bundles}/${id}`, status: 'stopped' });
  expect(left()).toEqual([id]);
  expect(await sandbox.run(['delete', id])).toMatchObject({ status: 0 });
  expect(left()).toEqual([]);
});

test('create, start, delete --force; list shows the container alone', async () => {
  const id = sandbox.id();
  expect(await sandbox.run(['create', '--image', imageOf('/bin/cat'), id])).toMatchObject({ status: 0 });
  expect((await sandbox.run(['list', '--quiet'])).stdout).toBe(`${id}\n`);
  expect(await sandbox.run(['start', id])).toMatchObject({ status: 0 });
  expect(await sandbox.run(['delete', '--force', id])).toMatchObject({ status: 0 });
  expect(left()).toEqual([]);
});

if (criuWorks)
  test('checkpoint leaves the bundle, and restore takes it', { timeout: 60_000 }, async () => {
    const id = sandbox.id();
    const images = `${at.folder}/checkpoint`;
    const program = imageOf('/bin/sh', '-c', 'i=0; while :; do i=$((i+1)); echo $i > /tmp/count; done');
    expect(await sandbox.run(['run', '--detach', '--image', program, id])).toMatchObject({ status: 0 });
    const count = () => Number(readFileSync(`${bundles}/${id}/rootfs/tmp/count`, 'utf8'));
    await until(() => existsSync(`${bundles}/${id}/rootfs/tmp/count`) && count() > 3);
    expect(await sandbox.run(['checkpoint', '--image-path', images, id])).toMatchObject({ status: 0 });
    expect(left()).toEqual([id]);
    const before = count();
    expect(await sandbox.run(['restore', '--detach', '--image-path', images, id])).toMatchObject({
      status: 0,
    });
    await until(() => count() > before);
    expect(await sandbox.run(['delete', '--force', id])).toMatchObject({ status: 0 });
    expect(left()).toEqual([]);
  });

test('a state directory that is mounted with noexec, nosuid and nodev, as /run is', async () => {
  const script = `mkdir "$1/run" && mount -t tmpfs -o noexec,nosuid,nodev none "$1/run" &&
"$2" --root "$1/run" run --image "$3" "$4"; echo "$?"; ls -A "$1/run/@bundles"`;
  const mounts = imageOf('/bin/cat', '/proc/mounts');
  const call = ['-m', '--propagation', 'private', 'sh', '-c', script, '-', at.folder, runtimePath, mounts];
  const { stdout, stderr } = await runProgram('unshare', [...call, sandbox.id()], { folder: at.folder });
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^none \/ tmpfs rw,relatime/);
  expect(stdout).toMatch(/\n0\n$/);
});

test('the bundle can be entered by its owner alone: it may hold setuid programs', async () => {
  const id = sandbox.id();
  const { layout } = makePlace(sandbox.folder);
  writeLayout(layout, [busyboxLayer(), tarOf([{ name: 'bin/setuid', mode: 0o4755, data: 'x' }])]);
  await sandbox.run(['create', '--image', `oci:${layout}`, id]);
  const program = `${bundles}/${id}/rootfs/bin/setuid`;
  expect(existsSync(program)).toBe(true);
  expect(await runAs(4242, ['test', '-e', program], sandbox.folder)).toMatchObject({ status: 1 });
  await sandbox.run(['delete', '--force', id]);
});

describe('nothing is left', () => {
  test('of a program that is not there', async () => {
    const result = await sandbox.run(['run', '--image', imageOf('/bin/nothing'), sandbox.id()]);
    expectRefusal(result, /no such file or directory/);
    expect(left()).toEqual([]);
  });

  test('of an image that cannot be unpacked', async () => {
    const { layout } = makePlace(sandbox.folder);
    writeLayout(layout, [tarOf([{ name: 'f' }, { name: 'f/g' }])]);
    expectRefusal(await sandbox.run(['run', '--image', `oci:${layout}`, sandbox.id()]), /not a directory/);
    expect(left()).toEqual([]);
  });

  test('of an id that is taken', async () => {
    const id = sandbox.id();
    await sandbox.run(['create', '--image', image, id]);
    expectRefusal(
      await sandbox.run(['run', '--image', image, id]),
      `container with given ID already exists: ${id}`,
    );
    expect(left()).toEqual([id]);
    await sandbox.run(['delete', '--force', id]);
    expect(left()).toEqual([]);
  });
});

test('a slipway that was killed while it unpacked: delete --force removes what it left', async () => {
  const { layout, folder } = makePlace(sandbox.folder);
  writeLayout(layout, [longLayer()]);
  const id = sandbox.id();
  const script = `"$1" --root "$2" run --image "oci:$3" "$4" & until [ -e "$2/@bundles/$4/rootfs/zeros" ]; do :; done; kill -9 $!; wait $!`;
  const call = ['-c', script, '-', runtimePath, sandbox.root, layout, id];
  await runProgram('sh', call, { folder });
  expect(left()).toEqual([id]);
  expectRefusal(await sandbox.run(['run', '--image', image, id]), `"delete --force ${id}" removes it`);
  expect(await sandbox.run(['delete', '--force', id])).toMatchObject({ status: 0, stderr: '' });
  expect(left()).toEqual([]);
});

test('a user without root', async () => {
  const uid = 4242;
  const state = `${at.folder}/state`;
  mkdirSync(state);
  chownSync(state, uid, uid);
  const call = [runtimePath, '--root', state, 'run', '--image', image, sandbox.id()];
  const { status, stdout } = await runAs(uid, call, at.folder);
  expect({ status, stdout }).toEqual({ status: 0, stdout: 'hello\n' });
  expect(readdirSync(`${state}/@bundles`)).toEqual([]);
});

test.each<[readonly string[], string]>([
  [['--platform', 'linux/amd64'], '--platform is for the image that --image names'],
  [
    ['--image', image, '--bundle', '.'],
    '--bundle and --image exclude each other: the bundle is made of the image',
  ],
  [
    ['--image', image, '--config', 'c'],
    '--config and --image exclude each other: the bundle is made of the image',
  ],
])('%j', async (options, words) => {
  expectRefusal(await sandbox.run(['run', ...options, sandbox.id()]), words);
});
