import { describe, expect, test } from 'vitest';
import { labelSteps } from './labels.ts';

const process = { cwd: '/', apparmorProfile: 'profile', selinuxLabel: 'system_u:system_r:container_t:s0' };

describe('labelSteps', () => {
  test.each([
    ['own-file', 'apparmor/exec'],
    ['shared-file', 'exec'],
  ] as const)('AppArmor with its %s', (apparmor, name) => {
    let slot = 4;
    const { open, write } = labelSteps(
      { ...process, selinuxLabel: '' },
      { apparmor, selinux: false },
      () => ++slot,
    );
    const from = '/process/apparmorProfile';
    expect(open).toEqual([{ op: 'openAttribute', from, slot: 5, name }]);
    expect(write).toEqual([{ op: 'label', from, slot: 5, text: 'exec profile' }]);
  });

  // @shows /process/selinuxLabel
  test('SELinux takes the label as it is', () => {
    const { open, write } = labelSteps(
      { ...process, apparmorProfile: '' },
      { apparmor: null, selinux: true },
      () => 7,
    );
    const from = '/process/selinuxLabel';
    expect(open).toEqual([{ op: 'openAttribute', from, slot: 7, name: 'exec' }]);
    expect(write).toEqual([{ op: 'label', from, slot: 7, text: process.selinuxLabel }]);
  });

  test('without labels there is nothing to do', () => {
    const none = labelSteps(undefined, { apparmor: 'own-file', selinux: true }, () => 1);
    expect(none).toEqual({ open: [], write: [] });
  });
});
