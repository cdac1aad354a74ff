import { expect, test } from 'vitest';
import type { InitStep } from '../init/protocol.ts';
import { describeHostStep, describeInitStep } from './describe.ts';
import type { HostStep } from './host-step.ts';

const from = '/x';

const initSteps: readonly (readonly [InitStep, string])[] = [
  [{ op: 'pivotRoot', from }, 'pivotRoot  (/x)'],
  [{ op: 'hostname', from, name: 'web 1' }, 'hostname "web 1"  (/x)'],
  [
    { op: 'setup', from, debug: true, foreground: false, startSlot: 3, resultSlot: 4 },
    'setup report each step, start fifo in slot 3, result fifo in slot 4  (/x)',
  ],
  [
    { op: 'openNamespace', from, slot: 2, path: '/proc/7/ns/net', type: 0x40000000 },
    'openNamespace network of /proc/7/ns/net, to slot 2  (/x)',
  ],
  [
    { op: 'become', from, slot: 2, argv: ['unshare', '--pid', '--', '/proc/self/fd/6', '0', '2'] },
    'become unshare --pid -- slipway-init  (/x)',
  ],
  [
    {
      op: 'mount',
      from,
      source: 'proc',
      target: '/proc',
      type: 'proc',
      options: ['hidepid=2'],
      attributes: 0xen,
      propagation: [(1 << 19) | 0x4000],
      strict: true,
      keepMode: false,
      copyUp: false,
    },
    'mount proc on /proc, type proc, nosuid,nodev,noexec, hidepid=2, propagation slave,recursive, not through symbolic links  (/x)',
  ],
  [
    {
      op: 'device',
      from,
      path: '/dev/null',
      type: 0o20000,
      major: 1,
      minor: 3,
      mode: 0o666,
      uid: 0,
      gid: 5,
      byName: true,
    },
    'device /dev/null, char 1:3, mode 0666, owner 0:5  (/x)',
  ],
  [
    { op: 'setAttributes', from, target: '/proc', set: 1n, clear: 0x400000n },
    'setAttributes /proc, set readonly, clear 0x400000  (/x)',
  ],
  [{ op: 'boundingSet', from, mask: 0x21n }, 'boundingSet chown,kill  (/x)'],
  [{ op: 'boundingSet', from, mask: (1n << 41n) - 1n }, 'boundingSet all  (/x)'],
  [{ op: 'rlimit', from, resource: 7, soft: 1n, hard: 2n }, 'rlimit RLIMIT_NOFILE 1:2  (/x)'],
  [{ op: 'cpuAffinity', from, mask: new Uint8Array([5, 1, 0]) }, 'cpuAffinity mask 0x105  (/x)'],
  [{ op: 'cpuAffinity', from, mask: new Uint8Array() }, 'cpuAffinity every CPU  (/x)'],
  [
    {
      op: 'scheduler',
      from,
      policy: 0,
      flags: 0n,
      nice: 0xfffffffe,
      priority: 0,
      runtime: 0n,
      deadline: 0n,
      period: 0n,
    },
    'scheduler policy 0, nice -2  (/x)',
  ],
  [{ op: 'ioPriority', from, priority: (2 << 13) | 4 }, 'ioPriority class 2, level 4  (/x)'],
  [
    { op: 'exec', from, args: ['sh', '-c', 'a b', ''], filter: new Uint8Array(16), flags: 1 },
    'exec sh -c "a b" "", behind a seccomp filter of 16 bytes, flags 0x1  (/x)',
  ],
];

test.each(initSteps.map(([step, words]) => ({ step, words })))('$words', ({ step, words }) => {
  expect(describeInitStep(step)).toBe(words);
});

const hostSteps: readonly (readonly [HostStep, string])[] = [
  [{ op: 'claim', from, path: '/run/c' }, 'claim /run/c  (/x)'],
  [
    {
      op: 'cgroupWrite',
      from,
      file: '/cg/cpu.max',
      value: '1 2',
      otherwise: { file: '/cg/quota', value: '1' },
    },
    'cgroupWrite "1 2" to /cg/cpu.max, else 1 to /cg/quota  (/x)',
  ],
  [{ op: 'writeIdMap', from, file: 'uid_map', text: '0 1 2\n' }, 'writeIdMap uid_map "0 1 2"  (/x)'],
  [{ op: 'netDevice', from, device: 'eth0', name: 'net%d' }, 'netDevice eth0 as net%d  (/x)'],
  [
    { op: 'hook', from, kind: 'prestart', index: 1, path: '/h', args: ['h', 'a'], env: null, timeout: 3 },
    'hook prestart #1: /h a, 3 s at most  (/x)',
  ],
];

test.each(hostSteps.map(([step, words]) => ({ step, words })))('$words', ({ step, words }) => {
  expect(describeHostStep(step)).toBe(words);
});
