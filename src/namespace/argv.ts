// Namespaces are made by unshare(1) and joined by nsenter(1): the command line that ends in slipway-init.

import type { NamespaceType } from '../spec/linux.ts';

/** A namespace that is made, or joined through a path. */
export type NamespaceStep = { readonly from: string; readonly type: NamespaceType } & (
  | { readonly op: 'newNamespace' }
  | { readonly op: 'joinNamespace'; readonly path: string }
);

/** Long options of unshare(1) and nsenter(1). cgroup is left to the init, which must be in its cgroup first. */
const options = {
  pid: 'pid',
  network: 'net',
  mount: 'mount',
  ipc: 'ipc',
  uts: 'uts',
  user: 'user',
  time: 'time',
} as const;

/**
 * The argument array. `pathOf` says how a namespace that is joined is named: its path for a person to read, or
 * /proc/self/fd/N once it is open. Neither program forks: the init does.
 */
export function spawnArgv(
  namespaces: readonly NamespaceStep[],
  pathOf: (step: NamespaceStep & { readonly op: 'joinNamespace' }) => string,
  init: readonly string[],
): string[] {
  const joined: string[] = [];
  const made: string[] = [];
  for (const step of namespaces) {
    if (step.type === 'cgroup') continue;
    const option = options[step.type];
    if (step.op === 'joinNamespace') joined.push(`--${option}=${pathOf(step)}`);
    else made.push(`--${option}`);
  }
  return [
    ...(joined.length === 0 ? [] : ['nsenter', ...joined, '--no-fork', '--']),
    ...(made.length === 0
      ? []
      : ['unshare', ...made, ...(made.includes('--mount') ? ['--propagation=unchanged'] : []), '--']),
    ...init,
  ];
}
