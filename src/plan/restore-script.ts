// The script of `restore`: CRIU makes the processes, and slipway what is around them.

import type { Config } from '../spec/config.ts';
import type { ContainerParts } from './container-parts.ts';
import type { PlanOptions } from './plan.ts';
import { hostPhase, initPhase, type Script } from './script.ts';
import {
  claimPhases,
  followSteps,
  foundPhase,
  hostResourcePhases,
  passSteps,
  pidFileSteps,
} from './shared-phases.ts';
import type { EarlySteps } from './stages.ts';

/** `root`: where the outer init mounts the root file system for CRIU. */
export function restoreScript(
  parts: ContainerParts,
  { prepare, outer }: EarlySteps,
  config: Config,
  options: PlanOptions & { readonly root: string },
): Script {
  const state = 'runtime.md#state';
  return [
    ...claimPhases(options, [{ op: 'makeDirectory', from: '/root/path', path: options.root, mode: 0o700 }]),
    ...hostResourcePhases(parts),
    ...initPhase('prepare', prepare),
    ...hostPhase(followSteps(options, config), ['HELLO']),
    ...initPhase('outer', outer, ['PID']),
    ...foundPhase(parts, options.start.kind === 'foreground', parts.hooks),
    ...hostPhase([{ op: 'letGo', from: 'runtime.md#start' }], ['READY']),
    ...hostPhase([
      ...passSteps(options),
      ...pidFileSteps(options),
      { op: 'prepareState', from: state },
      { op: 'publishState', from: state },
      ...parts.poststart,
    ]),
  ];
}
