// Labels of security modules: on a host that has the module the program gets it, on any other one it is an error.

import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostFacts } from '../src/host/facts.ts';
import { changeProfile } from './support/apparmor.ts';
import { runtimeName } from './support/runtime.ts';
import { Sandbox } from './support/sandbox.ts';
import { until } from './support/until.ts';
import { says } from './support/words.ts';

const sandbox = Sandbox.forFile();
const { apparmor } = hostFacts().lsm;
const profile = 'slipway-test-profile';
const id = sandbox.id();
const show = ['cat', '/proc/self/attr/current'];

beforeAll(async () => {
  await sandbox.run(['run', '-d', '-b', sandbox.script('exec sleep 1000'), id]);
});

afterAll(async () => {
  await sandbox.run(['delete', '--force', id]);
});

function withLabel(property: string, value: string): string {
  return sandbox.bundle((config) => {
    config.process.args = show;
    config.process[property] = value;
  });
}

function onAppArmor(): void {
  beforeAll(() => changeProfile('-r', profile));
  afterAll(() => changeProfile('-R', profile));

  // @shows /process/apparmorProfile
  test('apparmorProfile is that of the program', async () => {
    expect(await sandbox.output(withLabel('apparmorProfile', profile))).toBe(`${profile} (enforce)\n`);
  });

  test('exec --apparmor', async () => {
    const { stdout } = await sandbox.run(['exec', '--apparmor', profile, id, ...show]);
    expect(stdout).toBe(`${profile} (enforce)\n`);
  });

  test('exec --apparmor reaches the kernel, whatever a program mounts on its /proc (CVE-2025-52881)', async () => {
    const fake = '/fake/self/attr/apparmor /fake/thread-self/attr/apparmor';
    const files = fake.split(' ').flatMap((folder) => [`${folder}/exec`, `${folder}/../exec`]);
    const swap =
      'mount --bind /fake /proc && busybox usleep 20000; busybox umount /proc; busybox usleep 20000';
    const script = `mkdir -p ${fake}; touch ${files.join(' ')} /fake/ready; while :; do ${swap}; done`;
    const bundle = sandbox.script(script, (config) => {
      config.root.readonly = false;
      config.mounts.push({ destination: '/real', type: 'proc', source: 'proc' });
      for (const set of ['bounding', 'effective', 'permitted'])
        config.process.capabilities[set] = ['CAP_SYS_ADMIN'];
    });
    const swapping = sandbox.id();
    expect(await sandbox.run(['run', '-d', '-b', bundle, swapping])).toMatchObject({ status: 0 });
    await until(() => existsSync(`${bundle}/rootfs/fake/ready`));
    const labels = new Set<string>();
    for (let round = 0; round < 50; round++) {
      const args = ['exec', '--apparmor', profile, swapping, 'cat', '/real/self/attr/current'];
      labels.add((await sandbox.run(args)).stdout);
    }
    await sandbox.run(['delete', '--force', swapping]);
    // A peer may refuse: then nothing runs without the label.
    if (runtimeName !== 'slipway') labels.delete('');
    expect([...labels]).toEqual([`${profile} (enforce)\n`]);
  });

  // @refuses /process/apparmorProfile
  test('a profile that nobody loaded fails the container', async () => {
    const result = await sandbox.run(['run', '-b', withLabel('apparmorProfile', 'nosuch'), sandbox.id()]);
    expect(result).toMatchObject({
      status: 1,
      stdout: '',
      stderr: says(/\/process\/apparmorProfile: write .* no such file/),
    });
  });
}

function without(property: string, option: string, value: string): void {
  test(`${property} is an error`, async () => {
    const result = await sandbox.run(['run', '-b', withLabel(property, value), sandbox.id()]);
    expect(result.status).not.toBe(0);
    expect(result.stderr).toEqual(says(`/process/${property}: `));
  });

  test(`exec ${option} is an error`, async () => {
    const result = await sandbox.run(['exec', option, value, id, 'true']);
    expect(result.status).not.toBe(0);
    expect(result.stderr).toEqual(says('is not supported by this host'));
  });
}

// Either of the two can be seen on one machine.
if (apparmor === null)
  // @refuses /process/apparmorProfile
  describe('without AppArmor', () => without('apparmorProfile', '--apparmor', 'x'));
else describe('with AppArmor', onAppArmor);
if (!hostFacts().lsm.selinux)
  // @refuses /process/selinuxLabel
  describe('without SELinux', () => {
    without('selinuxLabel', '--process-label', 'a:b:c:d');

    // @refuses /linux/mountLabel
    test('mountLabel is an error', async () => {
      const bundle = sandbox.bundle((config) => {
        config.linux.mountLabel = 'a:b:c:d';
      });
      const result = await sandbox.run(['create', '-b', bundle, sandbox.id()]);
      expect(result.status).not.toBe(0);
      expect(result.stderr).toEqual(says('/linux/mountLabel: selinux is not supported by this host'));
    });
  });
