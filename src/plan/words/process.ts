// What the container process does with itself, in words.

import { rlimitNames, rlimitNumber } from '../../rlimit/rlimit.ts';
import type { InitWords } from './table.ts';
import { atSlot, bytes, capabilities, hookParts, list, octal, slot, text, when } from './words.ts';

export const processWords = {
  enterNamespace: ({ slot: at }) => slot(at),
  joinCgroup: ({ tasks }) => text(tasks),
  openAttribute: ({ slot: to, name }) => `${text(name)}, to ${slot(to)}`,
  unshareCgroup: () => '',
  joinKeyring: ({ name, permission }) =>
    list(text(name), when(permission, `permission 0x${permission.toString(16)}`)),
  loopbackUp: () => '',
  sync: () => '',
  hook: ({ inRootfs, stdoutSlot, stderrSlot, ...hook }) =>
    list(
      ...hookParts(hook),
      when(inRootfs, 'in the root file system'),
      atSlot('stdout to', stdoutSlot),
      atSlot('stderr to', stderrSlot),
    ),
  terminal: ({ slot: to, width, height }) =>
    list(`master to the socket in ${slot(to)}`, when(width, `${width}x${height}`)),
  controllingTerminal: () => '',
  stdioNull: () => '',
  console: () => '',
  hostname: ({ name }) => text(name),
  domainname: ({ name }) => text(name),
  sysctl: ({ path, value }) => `${text(path)} = ${text(value)}`,
  cwd: ({ path }) => text(path),
  rlimit: ({ resource, soft, hard }) =>
    `${rlimitNames.find((name) => rlimitNumber(name) === resource)} ${soft}:${hard}`,
  scheduler: ({ policy, flags, nice, priority, runtime, deadline, period }) =>
    list(
      `policy ${policy}`,
      when(flags, `flags 0x${flags.toString(16)}`),
      when(nice, `nice ${nice | 0}`),
      when(priority, `priority ${priority}`),
      when(period, `${runtime} of ${period} ns, deadline ${deadline}`),
    ),
  ioPriority: ({ priority }) => `class ${priority >> 13}, level ${priority & 0x1fff}`,
  cpuAffinity: ({ mask }) => (mask.length === 0 ? 'every CPU' : `mask ${hexadecimal(mask)}`),
  memoryPolicy: ({ mode, nodes }) =>
    list(`mode 0x${mode.toString(16)}`, when(nodes.length, `nodes ${hexadecimal(nodes)}`)),
  personality: ({ persona }) => `0x${persona.toString(16)}`,
  umask: ({ mask }) => octal(mask),
  boundingSet: ({ mask }) => capabilities(mask),
  label: ({ slot: at, text: label }) => `${text(label)} through ${slot(at)}`,
  stdioOwner: ({ uid }) => String(uid),
  user: ({ uid, gid, groups, keepGroups }) =>
    list(
      `${uid}:${gid}`,
      when(groups.length, `groups ${groups.join(' ')}`),
      when(keepGroups, 'keeps its groups'),
    ),
  capabilities: ({ effective, permitted, inheritable, ambient }) =>
    list(
      `effective ${capabilities(effective)}`,
      `permitted ${capabilities(permitted)}`,
      `inheritable ${capabilities(inheritable)}`,
      `ambient ${capabilities(ambient)}`,
    ),
  noNewPrivileges: () => '',
  environment: ({ entries, home }) => list(`${entries.length} variables`, when(home, 'and HOME of the user')),
  lookup: ({ file }) => text(file),
  waitStart: () => '',
  seccomp: ({ filter, flags }) => list(bytes(filter), when(flags, `flags 0x${flags.toString(16)}`)),
  spreadFds: ({ numbers }) => numbers.join(' '),
  exec: ({ args, filter, flags }) =>
    list(
      args.map(text).join(' '),
      when(filter.length, `behind a seccomp filter of ${bytes(filter)}`),
      when(flags, `flags 0x${flags.toString(16)}`),
    ),
} as const satisfies Partial<InitWords>;

function hexadecimal(mask: Uint8Array): string {
  return `0x${[...mask]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .toReversed()
    .join('')
    .replace(/^0+(?=.)/, '')}`;
}
