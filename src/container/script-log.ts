// What --debug says of a script while it runs. Words for steps are loaded only then.

import type { Report } from '../conversation/run-script.ts';
import type { InitStep } from '../init/protocol.ts';
import type { HostStep } from '../plan/host-step.ts';
import type { Stage } from '../plan/script.ts';
import type { Environment } from './environment.ts';

/** A step that the init has run. */
export async function logInitStep(env: Environment, by: Stage, step: InitStep): Promise<void> {
  if (!env.debug) return;
  const { describeInitStep } = await import('../plan/describe.ts');
  await env.log('debug', `${by}: ${describeInitStep(step)}`);
}

/** A step that slipway has run on the host. */
export async function logHostStep(env: Environment, step: HostStep): Promise<void> {
  if (!env.debug) return;
  const { describeHostStep } = await import('../plan/describe.ts');
  await env.log('debug', `host: ${describeHostStep(step)}`);
}

/** Phases when they begin, and steps of the host when they are done; null without --debug. */
export function debugReport(env: Environment): Report | null {
  if (!env.debug) return null;
  return {
    phase: ({ by, until }, index) =>
      env.log('debug', `phase ${index + 1}: ${by}${until.length === 0 ? '' : `, until ${until.join(', ')}`}`),
    step: (step) => logHostStep(env, step),
  };
}
