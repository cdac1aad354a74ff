// What create and restore begin with, once the id is theirs: state and cgroups, and how both go again when something fails.

import { directoriesOf } from '../cgroup/container-cgroup.ts';
import type { ScopePlan } from '../cgroup/systemd/scope.ts';
import { bindRoot, plannedRoot } from '../host/caller-root.ts';
import { demandEmpty, demandThawed, joinOwnCgroup, runCgroupStep } from '../host/cgroup.ts';
import { errorCode } from '../host/files.ts';
import type { InitProcess } from '../host/init-process.ts';
import { ownIdentity, type ProcessIdentity } from '../host/process.ts';
import { removeRdt, runRdtStep } from '../host/rdt.ts';
import { startScope } from '../host/systemd.ts';
import { effectiveUid } from '../host/users.ts';
import type { Plan } from '../plan/plan.ts';
import type { ContainerId } from '../store/id.ts';
import { type SavedState, stateVersion } from '../store/saved-state.ts';
import { type ContainerPaths, save, saveConfig } from '../store/store.ts';
import type { PlannedBundle } from './bundle.ts';
import { removeCallerRoot } from './caller-root.ts';
import { makeCgroups, removeCgroupsOf } from './cgroups.ts';
import type { Environment } from './environment.ts';
import { runPoststop } from './hooks.ts';
import type { UndoStack } from './undo.ts';

/** What the first state of a container is made of. */
export type Beginning = {
  readonly id: ContainerId;
  /** Name of the new session keyring; null: none is made. */
  readonly keyring: string | null;
  readonly planned: PlannedBundle;
  readonly process: InitProcess;
  readonly bundle: string;
  readonly paths: ContainerPaths;
  readonly undo: UndoStack;
};

/** A container that is being made; its state changes meanwhile, and an undo looks at what it is by then. */
export type Making = { state: SavedState };

export async function begin(env: Environment, beginning: Beginning): Promise<Making> {
  const { planned, process, paths, undo } = beginning;
  const { plan, text } = planned;
  const making: Making = { state: firstState(beginning) };
  demandEmpty(directoriesOf(plan.containerCgroups));
  demandThawed(plan.freezers);
  save(paths, making.state);
  saveConfig(paths, text);
  // After the cgroups are gone, and only once there was a container process.
  undo.add(async () => (making.state.init === null ? undefined : await runPoststop(env, making.state)));
  undo.add(() => removeCgroupsOf(env.root, making.state));
  if (plan.scope !== null) await startScope(plan.scope, process.identity.pid);
  makeCgroups(env.root, plan.cgroups, making.state);
  undo.add(() => removeCallerRoot(env, making.state));
  for (const step of plan.callerRoot) {
    const root = plannedRoot(step);
    making.state = { ...making.state, callerRoot: root };
    save(paths, making.state);
    making.state = { ...making.state, callerRoot: await bindRoot(step, root) };
    save(paths, making.state);
  }
  undo.add(() => removeRdt(making.state.rdt ?? []));
  for (const step of plan.rdt)
    runRdtStep(step, (path) => {
      making.state = { ...making.state, rdt: [path, ...(making.state.rdt ?? [])] };
      save(paths, making.state);
    });
  return making;
}

/**
 * Once the container process exists. `outer`: the outer init, when it stays: it is in the scope that systemd made with it, and
 * goes back to the cgroup of slipway.
 */
export async function finishCgroups(
  env: Environment,
  { scope, lateCgroups }: Plan,
  outer: ProcessIdentity | null,
): Promise<void> {
  if (scope !== null && outer !== null) await goBack(env, scope, outer);
  for (const step of lateCgroups) runCgroupStep(step);
}

async function goBack(env: Environment, { mountpoint, unit }: ScopePlan, outer: ProcessIdentity) {
  try {
    joinOwnCgroup(mountpoint, outer.pid);
  } catch (error) {
    const { cause } = error as Error;
    if (effectiveUid() === 0 || !['EACCES', 'EPERM'].includes(String(errorCode(cause)))) throw error;
    await env.log(
      'warning',
      `process ${outer.pid} of slipway stays in ${unit}, and counts there: your user manager may not move it back`,
    );
  }
}

function firstState({ id, keyring, planned, bundle, process }: Beginning): SavedState {
  const { config, plan } = planned;
  return {
    version: stateVersion,
    ociVersion: config.ociVersion,
    id,
    bundle,
    rootfs: plan.rootfs,
    created: new Date().toISOString(),
    annotations: config.annotations ?? {},
    trustedAnnotations: config.trustedAnnotations ?? [],
    owner: effectiveUid(),
    creator: ownIdentity(),
    ready: false,
    unstartable: unstartable(config.process),
    ownPidNamespace: plan.namespaces.some((step) => step.op === 'newNamespace' && step.type === 'pid'),
    keyring,
    outer: process.identity,
    init: null,
    scope: plan.scope?.unit ?? null,
    cgroups: plan.containerCgroups,
    hooks: { poststart: plan.poststart, poststop: plan.poststop },
    cgroupParents: plan.cgroupParents,
    freezers: plan.freezers,
  };
}

function unstartable(process: PlannedBundle['config']['process']): string | null {
  if (process === undefined) return '/process: missing, so there is nothing to start (config.md#process)';
  return process.args === undefined
    ? '/process/args: missing, so there is nothing to start (config.md#process)'
    : null;
}
