import { describe, expect, test } from 'vitest';
import { readSavedState, type SavedState, stateVersion } from './saved-state.ts';

const saved: SavedState = {
  version: stateVersion,
  ociVersion: '1.3.0',
  id: 'a',
  bundle: '/b',
  rootfs: '/b/rootfs',
  created: '2026-01-01T00:00:00.000Z',
  annotations: {},
  owner: 0,
  creator: { pid: 1, startTime: '2' },
  ready: true,
  unstartable: null,
  ownPidNamespace: true,
  keyring: '_ses.c.0',
  trustedAnnotations: [],
  scope: null,
  outer: { pid: 2, startTime: '3' },
  init: { pid: 3, startTime: '4' },
  cgroups: [{ directory: '/c', version: 1, controllers: ['pids'] }],
  cgroupParents: [],
  freezers: [{ file: '/f', frozen: '1', thawed: '0' }],
  hooks: { poststart: [], poststop: [] },
};

describe('readSavedState', () => {
  test('accepts what was saved', () => {
    expect(readSavedState('/x', JSON.parse(JSON.stringify(saved)))).toEqual(saved);
  });

  test('says that a newer slipway wrote the file', () => {
    expect(() => readSavedState('/x', { ...saved, version: stateVersion + 1 })).toThrow(
      'cannot use /x: it was written by a newer slipway',
    );
  });

  test.each(Object.keys(saved))('refuses a file without %s', (key) => {
    const rest = Object.fromEntries(Object.entries(saved).filter(([name]) => name !== key));
    expect(() => readSavedState('/x', rest)).toThrow('it is damaged; "delete --force" removes the container');
  });

  test.each([null, 3, 'text', [], { ...saved, init: { pid: 'x' } }])('refuses %j', (value) => {
    expect(() => readSavedState('/x', value)).toThrow('it is damaged');
  });
});
