// events: what a container uses, and when it runs out of memory.

import { type ContainerCgroup, cgroupOf } from '../cgroup/container-cgroup.ts';
import { readStats } from '../cgroup/stats.ts';
import { readTextIfThere } from '../host/files.ts';
import { hugePageSizes } from '../host/huge-pages.ts';
import { isAlive } from '../host/process.ts';
import type { SavedState } from '../store/saved-state.ts';
import type { Environment } from './environment.ts';
import { loadContainer } from './load.ts';
import { demand } from './status.ts';

export type ContainerEvent = {
  readonly type: 'stats' | 'oom';
  readonly id: string;
  readonly data?: Readonly<Record<string, unknown>>;
};

/** What it uses now. Throws WRONG_STATUS when it does not run. */
export function stats(env: Environment, request: { readonly id: string }): ContainerEvent {
  const { id, state, status } = loadContainer(env, request);
  demand('events', id, status);
  return statsOf(state);
}

/** How often the kernel is asked, ms. */
const poll = 100;

/** Until the container stops: `stats` every `interval` ms, and `oom` when the kernel has killed a process for its memory. */
export async function* events(
  env: Environment,
  request: { readonly id: string; readonly interval: number },
): AsyncGenerator<ContainerEvent> {
  const { id, state, status } = loadContainer(env, request);
  demand('events', id, status);
  const begin = performance.now();
  let shown = 0;
  let kills = oomKills(state.cgroups);
  while (state.init !== null && isAlive(state.init)) {
    await new Promise((resolve) => setTimeout(resolve, Math.min(poll, request.interval)));
    const now = oomKills(state.cgroups);
    if (now > kills) yield { type: 'oom', id };
    kills = now;
    const due = Math.floor((performance.now() - begin) / request.interval);
    if (due > shown && isAlive(state.init)) yield statsOf(state);
    shown = due;
  }
}

function statsOf({ id, cgroups }: SavedState): ContainerEvent {
  return { type: 'stats', id, data: readStats(cgroups, readTextIfThere, hugePageSizes()) };
}

/** v1 and v2 count in the same words, in another file. */
function oomKills(cgroups: readonly ContainerCgroup[]): number {
  const memory = cgroupOf(cgroups, 'memory');
  const file = memory?.version === 1 ? 'memory.oom_control' : 'memory.events';
  const text = readTextIfThere(`${memory?.directory}/${file}`) ?? '';
  return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0);
}
