// Kernel parameters of namespaces (sysctl(8), config-linux.md#sysctl).

import type { InitStep } from '../init/protocol.ts';
import type { NamespaceType } from '../spec/linux.ts';

/** Path below /proc of a parameter: whichever of "." and "/" comes first separates, the other is part of a name. */
export function sysctlPath(name: string): string {
  const separator = /[./]/.exec(name)?.[0];
  const swapped = separator === '/' ? name : name.replace(/[./]/g, (found) => (found === '.' ? '/' : '.'));
  return `sys/${swapped}`;
}

const ipc = /^sys\/(fs\/mqueue\/|kernel\/(msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)$)/;

/** The type of namespace that a parameter belongs to; null for one of the whole machine. */
export function namespaceOfSysctl(name: string): NamespaceType | null {
  const path = sysctlPath(name);
  if (path.split('/').some((part) => part === '' || part === '..')) return null;
  if (path.startsWith('sys/net/')) return 'network';
  if (path.startsWith('sys/user/')) return 'user';
  if (ipc.test(path)) return 'ipc';
  return path === 'sys/kernel/domainname' || path === 'sys/kernel/hostname' ? 'uts' : null;
}

/** JSON pointer of a parameter (RFC 6901). */
export function sysctlPointer(name: string): string {
  return `/linux/sysctl/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

export function sysctlSteps(sysctl: Readonly<Record<string, string>>): InitStep[] {
  return Object.entries(sysctl).map(([name, value]) => ({
    op: 'sysctl',
    from: sysctlPointer(name),
    path: sysctlPath(name),
    value,
  }));
}
