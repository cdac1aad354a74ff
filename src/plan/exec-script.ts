// The script of `exec`.

import type { Config } from '../spec/config.ts';
import type { ExecParts } from './exec-parts.ts';
import type { StageOptions } from './plan.ts';
import { hostPhase, initPhase, type Script } from './script.ts';
import { containerPhases, followSteps, passSteps, pidFileSteps } from './shared-phases.ts';

/** Ends when the program runs. */
export function execScript(parts: ExecParts, config: Config, options: StageOptions): Script {
  return [
    ...hostPhase([], ['HELLO']),
    ...initPhase('prepare', parts.prepare),
    ...hostPhase(followSteps(options, config), ['HELLO']),
    // Only now is it sure that the namespaces that were opened are not those of a later process with that pid.
    ...hostPhase([{ op: 'demandTarget', from: 'runtime.md#operations' }]),
    ...initPhase('outer', parts.outer),
    ...initPhase('joiner', parts.joiner, ['PID']),
    ...hostPhase(parts.crowded, [], { when: 'crowded' }),
    ...hostPhase(parts.process),
    ...containerPhases(parts.container, config, ['EXEC']),
    ...hostPhase([...passSteps(options), ...pidFileSteps(options)]),
  ];
}
