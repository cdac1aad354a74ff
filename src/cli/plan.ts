// plan: prints the script of create or run.

import { bundlePath } from '../container/bundle.ts';
import { planCreation } from '../container/plan-creation.ts';
import { describeSteps } from '../plan/describe.ts';
import type { Plan } from '../plan/plan.ts';
import type { Phase } from '../plan/script.ts';
import { formatJson } from '../spec/json.ts';
import { parseContainerId } from '../store/id.ts';
import { containerPaths } from '../store/store.ts';
import { containerRequest } from './create-request.ts';
import type { Handler } from './table.ts';

export const handler: Handler = async (call) => {
  const { env, options, positionals, print } = call;
  const id = parseContainerId(positionals[0] ?? 'container');
  const { plan } = await planCreation(env, {
    id,
    paths: containerPaths(env.root, id),
    bundle: bundlePath(options.text('bundle') ?? '.'),
    request: containerRequest(call),
    kind: options.flag('run') ? 'foreground' : 'fifos',
    unpacked: false,
  });
  print(options.flag('json') ? `${formatJson(withText(plan), 2)}\n` : formatPlan(plan));
  return 0;
};

/** Bytes as hexadecimal digits. */
function withText(plan: Plan): object {
  return {
    ...plan,
    script: plan.script.map((phase) => ({
      ...phase,
      steps: phase.steps.map((step) =>
        Object.fromEntries(
          Object.entries(step).map(([name, value]) => [
            name,
            value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
          ]),
        ),
      ),
    })),
  };
}

/**
 * A line a step: who does it, what, and the property or section that asks for it; and a line for what is waited for. The hooks at
 * the end are those of the commands that follow.
 */
function formatPlan({ script, container }: Plan): string {
  const { poststart, poststop } = container;
  const runs = script.some(({ until }) => until.includes('EXEC'));
  const later: Phase = { by: 'host', steps: [...(runs ? [] : poststart), ...poststop], until: [] };
  return [...script, later]
    .flatMap((phase) => [
      ...describeSteps(phase).map((step) => [phase.by, step]),
      ...phase.until.map((kind) => ['await', kind]),
    ])
    .map(([who = '', what]) => `${who.padEnd(10)} ${what}\n`)
    .join('');
}
