import { describe, expect, test } from 'vitest';
import { enterLines, type NamespaceStep } from './argv.ts';

const from = '/linux/namespaces/0';
const init = { outer: ['init'], stage: ['init', 'stage'] };

function make(type: NamespaceStep['type']): NamespaceStep {
  return { op: 'newNamespace', from, type };
}

function join(type: NamespaceStep['type'], late = false): NamespaceStep {
  return { op: 'joinNamespace', from, type, path: `/ns/${type}`, slot: 2, late };
}

function lines(...steps: NamespaceStep[]): string[] {
  return enterLines(steps, ({ path }) => path, init, false).map((argv) => argv.join(' '));
}

describe('enterLines', () => {
  test('makes namespaces with unshare, and leaves those of cgroup and time to the init', () => {
    expect(lines(make('pid'), make('mount'), make('cgroup'), make('time'))).toEqual([
      'unshare --pid --mount --propagation=unchanged -- init',
    ]);
  });

  test('joins with nsenter first', () => {
    expect(lines(make('uts'), join('network'), join('time'))).toEqual([
      'nsenter --net=/ns/network --time=/ns/time --no-fork -- unshare --uts -- init',
    ]);
  });

  test('leaves what is joined late to the init', () => {
    expect(lines(join('mount', true), join('cgroup', true))).toEqual(['init']);
  });

  test('makes a user namespace by itself, before those that its root is to own', () => {
    expect(lines(join('ipc'), make('user'), make('mount'), make('network'))).toEqual([
      'nsenter --ipc=/ns/ipc --no-fork -- unshare --user --keep-caps -- init stage',
      'unshare --mount --net --propagation=unchanged -- init',
    ]);
  });
});
