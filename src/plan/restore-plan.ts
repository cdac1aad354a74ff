// The plan of a container that CRIU restores from a checkpoint. Pure: it touches nothing.

import { cgroupPath } from '../cgroup/cgroup-steps.ts';
import type { Config } from '../spec/config.ts';
import type { HostFacts } from '../spec/host-facts.ts';
import { containerParts } from './container-parts.ts';
import { type CriuOption, encodeOptions } from './criu/encode.ts';
import type { RestoreOptions } from './criu/options.ts';
import { restoreOptions } from './criu/restore.ts';
import { recordOf } from './make-plan.ts';
import type { Plan, PlanOptions } from './plan.ts';
import { restoreScript } from './restore-script.ts';
import { networkFdOf, restoreSteps } from './restore-steps.ts';

export type RestorePlan = Plan & {
  /** What CRIU is asked for. */
  readonly criu: readonly CriuOption[];
};

/** `descriptors`: what stdio was at the checkpoint. `config` has passed validate/. */
export function makeRestorePlan(
  config: Config,
  options: PlanOptions,
  facts: HostFacts,
  { request, descriptors }: { readonly request: RestoreOptions; readonly descriptors: readonly string[] },
): RestorePlan {
  const parts = containerParts(config, options, facts);
  const { bundle, unpacked, id, scope } = options;
  const root = `${options.folder}/root`;
  const criu = restoreOptions(request, {
    config,
    root,
    bundle,
    cgroups: parts.containerCgroups,
    networkFd: networkFdOf(config),
    cgroup: scope?.path ?? cgroupPath(id, config.linux?.cgroupsPath),
    descriptors,
  });
  const steps = restoreSteps(config, options, {
    bundle,
    rootfs: parts.rootfs,
    unpacked,
    root,
    images: request.images,
    work: request.work,
    options: encodeOptions(criu),
  });
  return {
    script: restoreScript(parts, steps, config, { ...options, root }),
    container: recordOf(parts),
    criu,
  };
}
