import { bundlePath, planBundle } from '../container/bundle.ts';
import { enterLines, keepsCredentials } from '../namespace/argv.ts';
import type { Plan } from '../plan/plan.ts';
import { formatJson } from '../spec/json.ts';
import { parseContainerId } from '../store/id.ts';
import { containerPaths } from '../store/store.ts';
import type { Handler } from './table.ts';

export const handler: Handler = async ({ env, options, positionals, print }) => {
  const id = parseContainerId(positionals[0] ?? 'container');
  const paths = containerPaths(env.root, id);
  const { plan } = await planBundle(env, {
    id,
    bundle: bundlePath(options.text('bundle') ?? '.'),
    preserved: [],
    noPivot: options.flag('no-pivot'),
    unpacked: false,
    keyring: options.flag('no-new-keyring') ? null : `_ses.${id}.RANDOM`,
    consoleSocket: null,
    pidfdSocket: null,
    start: { kind: 'fifos', start: paths.startFifo, result: paths.resultFifo },
    debug: env.debug,
  });
  print(options.flag('json') ? `${formatJson(withText(plan), 2)}\n` : formatPlan(plan));
  return 0;
};

/** A seccomp filter as hexadecimal digits. */
function withText(plan: Plan): object {
  const container = plan.container.map((step) =>
    'filter' in step ? { ...step, filter: Buffer.from(step.filter).toString('hex') } : step,
  );
  return { ...plan, container };
}

/** A line a step: who does it, what, and the property or section that asks for it. */
function formatPlan(plan: Plan): string {
  const init = { outer: ['slipway-init'], stage: ['slipway-init'] };
  const keepGroups = plan.prepare.some(
    (step) => step.op === 'become' && step.argv.includes(keepsCredentials),
  );
  const become = enterLines(plan.namespaces, ({ path }) => path, init, keepGroups);
  return [
    ...lines('host', plan.callerRoot),
    ...lines('host', plan.rdt),
    ...lines('host', plan.cgroups),
    ...lines(
      'systemd',
      plan.scope === null ? [] : [{ op: 'scope', from: '/linux/cgroupsPath', ...plan.scope }],
    ),
    ...lines('prepare', plan.prepare, become[0]),
    ...lines('host', plan.idMaps),
    ...lines('user', plan.user, become[1]),
    ...lines('outer', plan.outer),
    ...lines('host', plan.process),
    ...lines('host', plan.lateCgroups),
    ...lines('host', plan.hooks),
    ...lines('container', plan.container),
    ...lines('host', plan.poststart),
    ...lines('host', plan.poststop),
  ].join('');
}

/** become: the argument array of that step, with paths that a person can use. */
function lines(
  who: string,
  steps: readonly { readonly op: string; readonly from: string }[],
  become: readonly string[] = [],
): string[] {
  return steps.map(({ op, from, ...operands }) => {
    const shown =
      op === 'become'
        ? become
        : Object.entries(operands).map(([name, value]) => `${name}=${shortText(value)}`);
    return `${who.padEnd(10)} ${[op, ...shown].join(' ')}  (${from})\n`;
  });
}

function shortText(value: unknown): string {
  return value instanceof Uint8Array ? `${value.length} bytes` : formatJson(value);
}
