// Namespaces are made by unshare(1) and joined by nsenter(1): the command line that ends in slipway-init.

import type { NamespaceType } from '../spec/linux.ts';

/** A namespace that is made, or joined through a path. */
export type NamespaceStep = { readonly from: string; readonly type: NamespaceType } & (
  | { readonly op: 'newNamespace' }
  /** Where it waits once it is open. late: not nsenter joins it but the container process. */
  | { readonly op: 'joinNamespace'; readonly path: string; readonly slot: number; readonly late: boolean }
);

export type JoinNamespace = NamespaceStep & { readonly op: 'joinNamespace' };

/** Long options of unshare(1) and nsenter(1). */
const options: Partial<Record<NamespaceType, string>> = {
  pid: 'pid',
  network: 'net',
  mount: 'mount',
  ipc: 'ipc',
  uts: 'uts',
  user: 'user',
  time: 'time',
};

/** Names in /proc/PID/ns (proc(5)). */
export const namespaceFiles: Readonly<Record<NamespaceType, string>> = {
  pid: 'pid',
  network: 'net',
  mount: 'mnt',
  ipc: 'ipc',
  uts: 'uts',
  user: 'user',
  cgroup: 'cgroup',
  time: 'time',
};

/** CLONE_NEW* flags (clone(2)). */
export const namespaceFlags: Readonly<Record<NamespaceType, number>> = {
  pid: 0x20000000,
  network: 0x40000000,
  mount: 0x00020000,
  ipc: 0x08000000,
  uts: 0x04000000,
  user: 0x10000000,
  cgroup: 0x02000000,
  time: 0x00000080,
};

/**
 * Left to the init: a cgroup namespace, which shows what the container process joined before, and a new time namespace,
 * which every execve(2) enters, so that its offsets could no longer be set.
 */
function isLeftToInit({ type, op }: NamespaceStep): boolean {
  return type === 'cgroup' || (type === 'time' && op === 'newNamespace');
}

/** The init, and the same program as the stage that runs before it in a new user namespace. */
export type InitArgv = { readonly outer: readonly string[]; readonly stage: readonly string[] };

/** Of nsenter(1): it calls neither setgroups(2) nor setgid(2). */
export const keepsCredentials = '--preserve-credentials';

/**
 * The argument arrays, one after the other: a new user namespace comes first and by itself, so that its root makes and
 * owns the others. `pathOf` says how a namespace that is joined is named: its path for a person to read, or
 * /proc/self/fd/N once it is open. Neither program forks: the init does. keepGroups: a user namespace that is joined may
 * deny setgroups(2), which nsenter would call.
 */
export function enterLines(
  namespaces: readonly NamespaceStep[],
  pathOf: (step: JoinNamespace) => string,
  { outer, stage }: InitArgv,
  keepGroups: boolean,
): string[][] {
  const joined: string[] = [];
  const made: string[] = [];
  for (const step of namespaces) {
    const option = options[step.type];
    if (isLeftToInit(step) || (step.op === 'joinNamespace' && step.late)) continue;
    if (step.op === 'joinNamespace') joined.push(`--${option}=${pathOf(step)}`);
    else made.push(`--${option}`);
  }
  const credentials =
    keepGroups && joined.some((option) => option.startsWith('--user='))
      ? [keepsCredentials, '--setuid=0']
      : [];
  const join = joined.length === 0 ? [] : ['nsenter', ...joined, ...credentials, '--no-fork', '--'];
  const make = unshare(made.filter((option) => option !== '--user'));
  if (!made.includes('--user')) return [[...join, ...make, ...outer]];
  return [
    [...join, 'unshare', '--user', '--keep-caps', '--', ...stage],
    [...make, ...outer],
  ];
}

function unshare(options: readonly string[]): string[] {
  if (options.length === 0) return [];
  return ['unshare', ...options, ...(options.includes('--mount') ? ['--propagation=unchanged'] : []), '--'];
}
