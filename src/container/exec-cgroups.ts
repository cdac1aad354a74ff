// Which cgroups a further process joins: the container's own, or some below them (`exec --cgroup`).

import type { ContainerCgroup } from '../cgroup/container-cgroup.ts';
import { RuntimeError } from '../error/error.ts';
import { hasProcessesOnlyBelow, unifiedPathOf } from '../host/cgroup/membership.ts';
import { exists } from '../host/files.ts';
import type { SavedState } from '../store/saved-state.ts';

/** `pid` is the container process, `tree` where the host has the v2 tree. Throws USAGE. */
export function execCgroups(
  { cgroups }: SavedState,
  pid: number,
  asked: readonly string[],
  tree: string,
): readonly ContainerCgroup[] {
  if (asked.length === 0) return cgroups.map((cgroup) => ownOrThatOf(pid, cgroup, tree));
  const paths = parseSubCgroups(asked);
  for (const name of paths.keys()) {
    if (name === '' || cgroups.some(({ controllers }) => controllers.includes(name))) continue;
    throw usage(`unknown controller ${name}`);
  }
  return cgroups.map((cgroup) => {
    const name = ['', ...cgroup.controllers].find((controller) => paths.has(controller));
    return name === undefined ? cgroup : below(cgroup, paths.get(name) ?? '');
  });
}

/** Path by controller; the empty name stands for all of them. */
function parseSubCgroups(asked: readonly string[]): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  for (const text of asked) {
    const colon = text.indexOf(':');
    if (colon < 0 && asked.length > 1) throw usage(`${text} (missing <controller>: prefix)`);
    for (const name of text.slice(0, Math.max(colon, 0)).split(',')) {
      if (colon >= 0 && name === '') throw usage(`${text} (empty <controller> prefix)`);
      if (paths.has(name)) throw usage(`multiple paths for controller ${name}`);
      paths.set(name, text.slice(colon + 1));
    }
  }
  return paths;
}

function below(cgroup: ContainerCgroup, path: string): ContainerCgroup {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw usage(`bad sub cgroup path: ${path}`);
  const directory = [cgroup.directory, ...parts].join('/');
  if (!exists(directory)) throw usage(`${directory}: no such file or directory (ENOENT)`);
  return { ...cgroup, directory };
}

/**
 * A v2 cgroup that hands controllers down has no processes of its own: there it is the cgroup of the container process. So it
 * is, as for runc, where the container process has gone elsewhere and its cgroup was removed.
 */
function ownOrThatOf(pid: number, cgroup: ContainerCgroup, tree: string): ContainerCgroup {
  const { version, directory } = cgroup;
  if (version === 2 && !exists(directory)) return { ...cgroup, directory: `${tree}${unifiedPathOf(pid)}` };
  if (version === 1 || !hasProcessesOnlyBelow(directory)) return cgroup;
  const path = unifiedPathOf(pid);
  const [first = ''] = path.split('/').filter((part) => part !== '');
  const mountpoint = directory.slice(0, directory.indexOf(`/${first}`));
  return `${mountpoint}${path}`.startsWith(`${directory}/`)
    ? { ...cgroup, directory: `${mountpoint}${path}` }
    : cgroup;
}

function usage(why: string): RuntimeError {
  return new RuntimeError('USAGE', `invalid --cgroup argument: ${why}`);
}
