// Phases that several scripts have in common.

import type { InitStep } from '../init/protocol.ts';
import { agentOf, asksListener } from '../seccomp/profile.ts';
import type { Config } from '../spec/config.ts';
import type { ContainerParts } from './container-parts.ts';
import type { HostStep } from './host-step.ts';
import type { PlanOptions, StageOptions } from './plan.ts';
import { type Awaited, hostPhase, initPhase, type Phase } from './script.ts';

/** How often a cgroup above that of the container may go again before the container is in it. */
const attempts = 100;

const create = 'runtime.md#create';

/** The id, and the directories that are the container's from the beginning. `until` HELLO: the launcher has started the init. */
export function claimPhases({ folder }: PlanOptions, directories: readonly HostStep[]): Phase[] {
  return hostPhase([{ op: 'claim', from: create, path: folder }, ...directories], ['HELLO']);
}

/** State, cgroups, and what else of the host a container has before its process. */
export function hostResourcePhases(parts: ContainerParts): Phase[] {
  const { scope, containerCgroups, freezers, cgroupParents } = parts;
  const from = '/linux/cgroupsPath';
  const directories = containerCgroups.map(({ directory }) => directory);
  return [
    ...hostPhase([
      { op: 'demandIdle', from, directories, freezers },
      { op: 'saveState', from: 'runtime.md#state' },
    ]),
    ...hostPhase(
      [
        { op: 'noteCgroups', from, parents: cgroupParents },
        ...(scope === null ? [] : [{ op: 'startScope', from, ...scope } as const]),
        ...parts.cgroups,
      ],
      [],
      scope === null ? { attempts } : {},
    ),
    ...hostPhase([...parts.callerRoot, ...parts.rdt]),
  ];
}

/** Once the container process exists. `foreground`: the outer init stays. */
export function foundPhase(
  { scope, lateCgroups }: ContainerParts,
  foreground: boolean,
  then: readonly HostStep[],
): Phase[] {
  const from = '/linux/cgroupsPath';
  return hostPhase([
    { op: 'saveInit', from: 'runtime.md#state' },
    ...(scope !== null && foreground
      ? [{ op: 'leaveScope', from, unit: scope.unit, mountpoint: scope.mountpoint } as const]
      : []),
    ...lateCgroups,
    ...then,
  ]);
}

/** Steps of the container process. The listener of a filter goes to its agent before the steps that follow the filter are sent. */
export function containerPhases(
  steps: readonly InitStep[],
  config: Config,
  until: readonly Awaited[] = [],
): Phase[] {
  const { seccomp } = config.linux ?? {};
  const agent = agentOf(config);
  if (seccomp === undefined || agent === null || !asksListener(seccomp))
    return initPhase('container', steps, until);
  const gate = steps.findIndex(({ op }) => op === 'seccomp') + 1;
  const metadata = seccomp.listenerMetadata ?? null;
  return [
    ...initPhase('container', steps.slice(0, gate), ['LISTENER']),
    ...hostPhase([{ op: 'sendListener', from: agent.from, agent: agent.path, metadata }]),
    ...initPhase('container', steps.slice(gate), until),
  ];
}

/** In the foreground: signals that reach slipway interrupt the script from here on. */
export function followSteps({ start }: StageOptions, config: Config): HostStep[] {
  const terminal = config.process?.terminal === true;
  return start.kind === 'foreground' ? [{ op: 'followSignals', from: create, terminal }] : [];
}

/** In the foreground: signals are for the program from here on. */
export function passSteps({ start }: StageOptions): HostStep[] {
  return start.kind === 'foreground' ? [{ op: 'passSignals', from: 'runtime.md#start' }] : [];
}

export function pidFileSteps({ pidFile }: StageOptions): HostStep[] {
  return pidFile === null ? [] : [{ op: 'pidFile', from: create, path: pidFile }];
}
