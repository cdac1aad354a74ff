// Labels of security modules: on a host that has the module the program gets it, on any other one it is an error.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostFacts } from '../src/host/facts.ts';
import { changeProfile } from './support/apparmor.ts';
import { Sandbox } from './support/sandbox.ts';
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

  test('apparmorProfile is that of the program', async () => {
    expect(await sandbox.output(withLabel('apparmorProfile', profile))).toBe(`${profile} (enforce)\n`);
  });

  test('exec --apparmor', async () => {
    const { stdout } = await sandbox.run(['exec', '--apparmor', profile, id, ...show]);
    expect(stdout).toBe(`${profile} (enforce)\n`);
  });

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
if (apparmor === null) describe('without AppArmor', () => without('apparmorProfile', '--apparmor', 'x'));
else describe('with AppArmor', onAppArmor);
if (!hostFacts().lsm.selinux)
  describe('without SELinux', () => {
    without('selinuxLabel', '--process-label', 'a:b:c:d');

    test('mountLabel is an error', async () => {
      const bundle = sandbox.bundle((config) => {
        config.linux.mountLabel = 'a:b:c:d';
      });
      const result = await sandbox.run(['create', '-b', bundle, sandbox.id()]);
      expect(result.status).not.toBe(0);
      expect(result.stderr).toEqual(says('/linux/mountLabel: selinux is not supported by this host'));
    });
  });
