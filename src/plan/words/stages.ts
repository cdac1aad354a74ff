// What the stages before the container process do, in words.

import { namespaceFlags } from '../../namespace/argv.ts';
import type { InitWords } from './table.ts';
import { atSlot, bytes, list, octal, slot, text, when } from './words.ts';

const types = new Map([
  [0o020000, 'char'],
  [0o060000, 'block'],
  [0o010000, 'fifo'],
]);

export function deviceText({ type, major, minor }: { type: number; major: number; minor: number }): string {
  return `${types.get(type) ?? octal(type)} ${major}:${minor}`;
}

export const stageWords = {
  setup: ({ debug, foreground, startSlot, resultSlot }) =>
    list(
      when(debug, 'report each step'),
      when(foreground, 'in the foreground'),
      atSlot('start fifo in', startSlot),
      atSlot('result fifo in', resultSlot),
    ),
  arrange: ({ preserved, slots }) => `${preserved} preserved fds, ${slots} slots`,
  openNamespace: ({ path, type, slot: to }) =>
    list(`${namespaceName(type)} of ${text(path)}`, `to ${slot(to)}`),
  openCgroup: ({ path, slot: to }) => `${text(path)}, to ${slot(to)}`,
  demandOther: ({ path, slot: at }) => `${text(path)} in ${slot(at)} must not be that of the host`,
  fifos: ({ start, result, startSlot, resultSlot }) =>
    `${text(start)} to ${slot(startSlot)}, ${text(result)} to ${slot(resultSlot)}`,
  connectSocket: ({ path, slot: to }) => `${text(path)}, to ${slot(to)}`,
  openDirectory: ({ path, slot: to }) => `${text(path)}, to ${slot(to)}`,
  openLog: ({ path, slot: to }) => `${text(path)}, to ${slot(to)}`,
  slaveMounts: () => '',
  openNode: ({ slot: to, mode, uid, gid, ...device }) =>
    list(deviceText(device), `mode ${octal(mode)}`, `owner ${uid}:${gid}`, `to ${slot(to)}`),
  openDevice: ({ slot: to, path, ...device }) =>
    list(text(path), `must be ${deviceText(device)}`, `to ${slot(to)}`),
  // nsenter(1) and unshare(1) run the init by the number of its fd.
  become: ({ argv }) => [...argv.slice(0, argv.indexOf('--') + 1), 'slipway-init'].map(text).join(' '),
  becomeSetupUser: ({ uid, gid, keepGroups }) => list(`${uid}:${gid}`, when(keepGroups, 'keeps its groups')),
  newTimeNamespace: ({ offsets }) => text(offsets.trim()),
  deviceFilter: ({ cgroup, program }) => `${program.length / 2} instructions for ${text(cgroup)}`,
  relay: ({ slot: at }) => slot(at),
  clone: ({ cgroup, pidfdSlot }) => cloneText(cgroup, pidfdSlot),
  cloneJoiner: ({ cgroup, retreat, pidfdSlot }) =>
    list(cloneText(cgroup, pidfdSlot), when(retreat.length, `else to ${text(retreat)}`)),
  cloneParked: () => '',
  cloneBuilder: ({ cgroup, pidfdSlot }) => cloneText(cgroup, pidfdSlot),
  target: ({ path, like }) => list(text(path), when(like.length, `for ${text(like)}`)),
  restore: ({ options, images, work, terminalSlot }) =>
    list(
      text(images),
      `log in ${text(work)}`,
      `${bytes(options)} of options`,
      atSlot('terminal to', terminalSlot),
    ),
  emptyRoot: () => '',
  cloneJoined: () => '',
  joinOpened: ({ slot: at }) => slot(at),
  handOver: ({ cgroup, terminal }) =>
    list('mount namespace', when(cgroup, 'cgroup namespace'), when(terminal, 'terminal')),
} as const satisfies Partial<InitWords>;

function cloneText(cgroup: string, pidfdSlot: number | null): string {
  return list(when(cgroup.length, `into ${text(cgroup)}`), atSlot('its pidfd to the socket in', pidfdSlot));
}

function namespaceName(flag: number): string {
  return Object.entries(namespaceFlags).find(([, value]) => value === flag)?.[0] ?? String(flag);
}
