// create (runtime.md#create): a container process that has everything but its program, or nothing at all.

import { RuntimeError } from '../error/error.ts';
import { attempt } from '../host/attempt.ts';
import { demandEmpty, missingDirectories, removeCgroups, runCgroupStep } from '../host/cgroup.ts';
import type { Channel } from '../host/channel.ts';
import { remove, writeAtomically } from '../host/files.ts';
import { identityOf, ownIdentity, type ProcessIdentity } from '../host/process.ts';
import { runIdMapStep, runProcessStep } from '../host/process-steps.ts';
import { endProcess } from '../host/signal.ts';
import { type Spawned, spawnInit } from '../host/spawn.ts';
import { effectiveUid } from '../host/users.ts';
import type { InitStep } from '../init/protocol.ts';
import type { Plan, PlanOptions } from '../plan/plan.ts';
import { formatDiagnostic } from '../spec/diagnostic.ts';
import { type ContainerId, parseContainerId } from '../store/id.ts';
import { type SavedState, stateVersion } from '../store/saved-state.ts';
import {
  type ContainerPaths,
  claim,
  containerPaths,
  demandFree,
  removeContainer,
  save,
} from '../store/store.ts';
import { bundlePath, demandRootfs, type PlannedBundle, planBundle } from './bundle.ts';
import type { Environment } from './environment.ts';
import { runHooks, runPoststop } from './hooks.ts';
import { awaitHello, awaitRecord } from './init-records.ts';
import { UndoStack } from './undo.ts';

export type CreateRequest = {
  readonly id: string;
  readonly bundle: string;
  readonly pidFile: string | null;
  /** How many fds from 3 on the container inherits. */
  readonly preserveFds: number;
  readonly noPivot: boolean;
  readonly noNewKeyring: boolean;
};

/** A container that is created, and what `run` needs to follow it. */
export type Created = {
  readonly state: SavedState;
  readonly paths: ContainerPaths;
  readonly spawned: Spawned;
  readonly sent: readonly InitStep[];
  readonly undo: UndoStack;
};

export async function create(env: Environment, request: CreateRequest): Promise<void> {
  const { spawned } = await createContainer(env, request, 'fifos');
  spawned.channel.close();
  await spawned.exited;
}

/** Creates. How the start will be told: through fifos (`create`), or through the socket (`run`). */
export async function createContainer(
  env: Environment,
  request: CreateRequest,
  kind: PlanOptions['start']['kind'],
): Promise<Created> {
  const id = parseContainerId(request.id);
  demandRoot();
  const paths = containerPaths(env.root, id);
  const bundle = bundlePath(request.bundle);
  demandFree(paths, id);
  const start = kind === 'fifos' ? { kind, start: paths.startFifo, result: paths.resultFifo } : { kind };
  const planned = await planBundle({ ...request, id, bundle, start, debug: env.debug });
  for (const warning of planned.warnings) await env.log('warning', formatDiagnostic(warning));
  demandRootfs(planned.plan.rootfs);
  // Namespaces are being made while state and cgroups are written.
  const spawned = spawnInit(planned.plan, request.preserveFds);
  const undo = new UndoStack();
  undo.add(async () => void (await spawned.exited));
  try {
    claim(env.root, paths, id);
    undo.add(() => removeContainer(paths));
    return await build(env, { id, request, planned, paths, undo, spawned, bundle });
  } catch (error) {
    // The outer init and the container process end at the end of file.
    spawned.channel.close();
    throw await undo.fail(error);
  }
}

/** Without root a container needs a user namespace, which is not executed yet. */
function demandRoot(): void {
  if (effectiveUid() === 0) return;
  throw new RuntimeError('NOT_SUPPORTED', 'rootless containers are not executed yet: run slipway as root');
}

type Build = {
  readonly id: ContainerId;
  readonly request: CreateRequest;
  readonly planned: PlannedBundle;
  readonly paths: ContainerPaths;
  readonly undo: UndoStack;
  readonly spawned: Spawned;
  readonly bundle: string;
};

async function build(env: Environment, work: Build): Promise<Created> {
  const { request, planned, paths, undo, spawned } = work;
  const { plan } = planned;
  demandEmpty(plan.cgroupDirectories);
  let state = firstState(work);
  save(paths, state);
  // After the cgroups are gone, and only once there was a container process.
  undo.add(async () => (state.init === null ? undefined : await runPoststop(env, state)));
  undo.add(() => removeCgroups(state.cgroups, state.cgroupParents));
  for (const step of plan.cgroups) runCgroupStep(step);
  await reachOuter(env, plan, spawned);
  const sent = [...plan.outer, ...plan.container];
  spawned.channel.send(plan.outer);
  const init = identityOf((await awaitRecord(env, spawned.channel, sent, 'PID')).step);
  state = { ...state, init };
  undo.add(() => endProcess(init));
  // Saved before the container process does anything: whatever happens to slipway, delete finds it.
  save(paths, state);
  for (const step of plan.process) runProcessStep(init.pid, step);
  await makeReady(env, work, state, sent);
  state = { ...state, ready: true };
  if (request.pidFile !== null) writePidFile(request.pidFile, init, undo);
  save(paths, state);
  return { state, paths, spawned, sent, undo };
}

/** Has the container process run its steps up to `waitStart`, with the runtime's hooks on the way. */
async function makeReady(
  env: Environment,
  { planned, spawned }: Build,
  state: SavedState,
  sent: readonly InitStep[],
): Promise<void> {
  const { hooks, container } = planned.plan;
  const { channel } = spawned;
  const sync = container.findIndex(({ op }) => op === 'sync') + 1;
  channel.send(container.slice(0, sync));
  if (sync > 0) {
    await awaitRecord(env, channel, sent, 'SYNC');
    await runHooks(env, hooks, state, 'creating');
  }
  channel.send(container.slice(sync));
  await awaitRecord(env, channel, sent, 'READY');
}

/** Waits for the outer init: what was spawned, or what the stages before it become once they have run their steps. */
async function reachOuter(env: Environment, plan: Plan, { pid, channel, next }: Spawned): Promise<void> {
  const [enter = [], makeOthers = []] = next;
  const become = (argv: readonly string[]): InitStep => ({
    op: 'become',
    from: '/linux/namespaces',
    slot: plan.initSlot,
    argv,
  });
  await awaitHello(env, channel, []);
  if (plan.prepare.length > 0) await runStage(env, channel, [...plan.prepare, become(enter)]);
  for (const step of plan.idMaps) runIdMapStep(pid, step);
  if (plan.user.length > 0) await runStage(env, channel, [...plan.user, become(makeOthers)]);
}

/** Has a stage run its steps, the last of which becomes the next stage or the outer init. */
async function runStage(env: Environment, channel: Channel, steps: readonly InitStep[]): Promise<void> {
  channel.send(steps);
  await awaitHello(env, channel, steps);
}

function firstState({ id, planned, bundle, spawned }: Build): SavedState {
  const { config, plan } = planned;
  const directories = new Set(plan.cgroupDirectories);
  return {
    version: stateVersion,
    ociVersion: config.ociVersion,
    id,
    bundle,
    rootfs: plan.rootfs,
    created: new Date().toISOString(),
    annotations: config.annotations ?? {},
    owner: effectiveUid(),
    creator: ownIdentity(),
    ready: false,
    unstartable: unstartable(config.process),
    ownPidNamespace: plan.namespaces.some((step) => step.op === 'newNamespace' && step.type === 'pid'),
    outer: identityOf(spawned.pid),
    init: null,
    cgroups: plan.cgroupDirectories,
    hooks: { poststart: plan.poststart, poststop: plan.poststop },
    cgroupParents: missingDirectories(plan.cgroups).filter((path) => !directories.has(path)),
  };
}

function unstartable(process: PlannedBundle['config']['process']): string | null {
  if (process === undefined) return '/process: missing, so there is nothing to start (config.md#process)';
  return process.args === undefined
    ? '/process/args: missing, so there is nothing to start (config.md#process)'
    : null;
}

function writePidFile(path: string, { pid }: ProcessIdentity, undo: UndoStack): void {
  attempt(path, `--pid-file: write "${path}"`, () => writeAtomically(path, String(pid), 0o644));
  undo.add(() => remove(path));
}
