// The scripts of `create` and `run` (runtime.md#lifecycle).

import type { InitStep } from '../init/protocol.ts';
import type { Config } from '../spec/config.ts';
import type { ContainerParts } from './container-parts.ts';
import type { HostStep } from './host-step.ts';
import type { PlanOptions } from './plan.ts';
import { hostPhase, initPhase, type Phase, type Script } from './script.ts';
import {
  claimPhases,
  containerPhases,
  followSteps,
  foundPhase,
  hostResourcePhases,
  passSteps,
  pidFileSteps,
} from './shared-phases.ts';

/** Ends with a container process that has everything but its program. */
export function createScript(parts: ContainerParts, config: Config, options: PlanOptions): Script {
  // Usually the init makes namespaces while slipway makes state and cgroups. Where slipway moves the container process to its
  // cgroups (a user namespace), the cgroups come first, and the container process runs no step before it is in them.
  const moves = parts.process.some(({ op }) => op === 'joinCgroup');
  const [early, sync, late] = divided(parts.container);
  return [
    ...claimPhases(options, notifySteps(options)),
    ...(moves ? [] : initPhase('prepare', parts.prepare)),
    ...hostResourcePhases(parts),
    ...(moves ? initPhase('prepare', parts.prepare) : []),
    ...userPhases(parts),
    ...hostPhase(followSteps(options, config)),
    ...initPhase('outer', parts.outer, moves ? ['HELLO', 'PID'] : []),
    ...(moves ? [] : initPhase('container', early, ['HELLO', 'PID'])),
    // Before the container process gets to `sync` or `waitStart`: should slipway die, it ends by itself or delete finds it.
    ...foundPhase(parts, options.start.kind === 'foreground', parts.process),
    ...(moves ? initPhase('container', early) : []),
    ...(sync.length === 0 ? [] : [...initPhase('container', sync, ['SYNC']), ...hostPhase(parts.hooks)]),
    ...containerPhases(late, config),
    // While the container process is at its steps.
    ...hostPhase([{ op: 'prepareState', from: 'runtime.md#state' }], ['READY']),
    ...hostPhase([
      ...pidFileSteps(options),
      { op: 'publishState', from: 'runtime.md#state' },
      ...(options.filter === null ? [] : [{ op: 'keepFilter', from: '/linux/seccomp' } as const]),
    ]),
  ];
}

/** The same, and the start of the program. */
export function runScript(parts: ContainerParts, config: Config, options: PlanOptions): Script {
  const from = 'runtime.md#start';
  return [
    ...createScript(parts, config, options),
    ...hostPhase(
      [
        ...(options.notifyDirectory === null
          ? []
          : [{ op: 'listenReadiness', from: 'sd_notify(3)' } as const]),
        ...refusals(config),
        { op: 'letGo', from },
      ],
      ['EXEC'],
    ),
    ...hostPhase([...passSteps(options), ...parts.poststart]),
  ];
}

function refusals({ process }: Config): HostStep[] {
  const why = unstartable(process);
  return why === null ? [] : [{ op: 'refuseStart', from: 'runtime.md#start', why }];
}

/** Why a container cannot be started; null when it can. */
export function unstartable(process: Config['process']): string | null {
  if (process === undefined) return '/process: missing, so there is nothing to start (config.md#process)';
  return process.args === undefined
    ? '/process/args: missing, so there is nothing to start (config.md#process)'
    : null;
}

/** The first process of a new user namespace waits for its maps. */
function userPhases({ user, idMaps }: ContainerParts): Phase[] {
  if (user.length === 0) return [];
  return [...hostPhase([], ['HELLO']), ...hostPhase(idMaps), ...initPhase('user', user)];
}

function notifySteps({ notifyDirectory: path }: PlanOptions): HostStep[] {
  return path === null ? [] : [{ op: 'makeDirectory', from: 'sd_notify(3)', path, mode: 0o755 }];
}

/** What may run before the pid is saved; `sync`, if it is there; and the rest. */
function divided(
  steps: readonly InitStep[],
): readonly [early: InitStep[], sync: InitStep[], late: InitStep[]] {
  const gate = steps.findIndex(({ op }) => op === 'sync' || op === 'waitStart');
  const after = steps[gate]?.op === 'sync' ? gate + 1 : gate;
  return [steps.slice(0, gate), steps.slice(gate, after), steps.slice(after)];
}
