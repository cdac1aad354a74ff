// Config and host facts to a plan. Pure: it touches nothing.

import type { Config } from '../spec/config.ts';
import type { HostFacts } from '../spec/host-facts.ts';
import { type ContainerParts, containerParts } from './container-parts.ts';
import { createScript, runScript } from './create-script.ts';
import type { ContainerRecord, Plan, PlanOptions } from './plan.ts';

/** Of `create` (start by fifos), or of `run`. `config` has passed validate/. */
export function makePlan(config: Config, options: PlanOptions, facts: HostFacts): Plan {
  const parts = containerParts(config, options, facts);
  const script = options.start.kind === 'fifos' ? createScript : runScript;
  return { script: script(parts, config, options), container: recordOf(parts) };
}

export function recordOf(parts: ContainerParts): ContainerRecord {
  const { rootfs, containerCgroups: cgroups, cgroupParents, freezers, poststart, poststop } = parts;
  return {
    rootfs,
    cgroups,
    cgroupParents,
    freezers,
    scope: parts.scope?.unit ?? null,
    ownPidNamespace: parts.namespaces.some(({ op, type }) => op === 'newNamespace' && type === 'pid'),
    poststart,
    poststop,
  };
}
