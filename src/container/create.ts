// create (runtime.md#create): a container process that has everything but its program, or nothing at all.

import { constants } from 'node:os';
import { directoriesOf } from '../cgroup/container-cgroup.ts';
import { RuntimeError } from '../error/error.ts';
import { thaw } from '../host/cgroup.ts';
import { makeDirectory, ownershipOf } from '../host/files.ts';
import { dismissInit, endInit, type InitProcess, takeInit } from '../host/init-process.ts';
import { inheritedFds } from '../host/launch.ts';
import { identityOf } from '../host/process.ts';
import { runProcessStep } from '../host/process-steps.ts';
import { listenFds, managerSocket } from '../host/service-manager.ts';
import { endProcess, type Following } from '../host/signal.ts';
import type { InitStep } from '../init/protocol.ts';
import { namespaceOf } from '../namespace/asked.ts';
import { hostId, setupIds } from '../namespace/id-map.ts';
import type { PlanOptions } from '../plan/plan.ts';
import { parseContainerId } from '../store/id.ts';
import type { SavedState } from '../store/saved-state.ts';
import {
  type ContainerPaths,
  claim,
  containerPaths,
  demandFree,
  prepareReady,
  removeContainer,
  save,
} from '../store/store.ts';
import { answerText } from './answer.ts';
import { type Beginning, begin, finishCgroups } from './begin.ts';
import { bundlePath, demandRootfs, type PlannedBundle, planBundle } from './bundle.ts';
import type { Environment } from './environment.ts';
import { follow } from './follow.ts';
import { runHooks } from './hooks.ts';
import { runHostSteps } from './host-steps.ts';
import { awaitHello, awaitRecord } from './init-records.ts';
import { newKeyringName } from './keyring.ts';
import { sendWithListener } from './listener.ts';
import type { ImageRequest } from './make-bundle.ts';
import { writePidFile } from './pid-file.ts';
import { demandTerminal } from './terminal.ts';
import { UndoStack } from './undo.ts';

export type CreateRequest = {
  readonly id: string;
  /** Its directory; or the image of which one is made below the state directory, which goes with the container. */
  readonly bundle: string | ImageRequest;
  /** In place of config.json in the bundle. */
  readonly configFile: string | null;
  readonly pidFile: string | null;
  /** How many fds from 3 on the container inherits. */
  readonly preserveFds: number;
  /** Where the terminal goes of a container that is detached. */
  readonly consoleSocket: string | null;
  readonly pidfdSocket: string | null;
  readonly noPivot: boolean;
  readonly noNewKeyring: boolean;
};

/** A container that is created, and what `run` needs to follow it. */
export type Created = {
  readonly state: SavedState;
  readonly paths: ContainerPaths;
  readonly process: InitProcess;
  readonly sent: readonly InitStep[];
  readonly undo: UndoStack;
  /** In the foreground: the signals that reach slipway. */
  readonly following: Following | null;
};

export async function create(env: Environment, request: CreateRequest): Promise<void> {
  await createContainer(env, request, 'fifos');
  dismissInit();
}

/** Creates. How the start will be told: through fifos (`create`), or through the socket (`run`). */
export async function createContainer(
  env: Environment,
  request: CreateRequest,
  kind: PlanOptions['start']['kind'],
): Promise<Created> {
  const id = parseContainerId(request.id);
  const paths = containerPaths(env.root, id);
  const sockets = listenFds();
  const preserved = inheritedFds(request.preserveFds, sockets.count);
  const given = typeof request.bundle === 'string' ? bundlePath(request.bundle) : request.bundle;
  demandFree(paths, id);
  const undo = new UndoStack();
  const container = { id, paths, undo };
  try {
    const bundle = typeof given === 'string' ? given : await unpackedBundle(env, given, container);
    const unpacked = typeof given !== 'string';
    return await createFrom(env, { ...container, request, kind, sockets, preserved, bundle, unpacked });
  } catch (error) {
    throw await undo.fail(error);
  }
}

async function unpackedBundle(
  env: Environment,
  image: ImageRequest,
  container: Pick<Beginning, 'id' | 'paths' | 'undo'>,
): Promise<string> {
  const { makeContainerBundle } = await import('./make-bundle.ts');
  return makeContainerBundle(env, image, container);
}

type Creation = Pick<Beginning, 'id' | 'paths' | 'undo' | 'bundle'> & {
  readonly request: CreateRequest;
  readonly kind: PlanOptions['start']['kind'];
  readonly sockets: ReturnType<typeof listenFds>;
  readonly preserved: readonly number[];
  readonly unpacked: boolean;
};

async function createFrom(env: Environment, creation: Creation): Promise<Created> {
  const { id, paths, undo, bundle, request, kind, sockets, preserved, unpacked } = creation;
  const start = kind === 'fifos' ? { kind, start: paths.startFifo, result: paths.resultFifo } : { kind };
  const notifyDirectory = managerSocket() === null ? null : paths.notify;
  const keyring = request.noNewKeyring ? null : newKeyringName(id);
  const planned = await planBundle(
    env,
    { ...request, keyring, preserved, id, bundle, unpacked, start, debug: env.debug },
    {
      inherited: { environment: sockets.environment, notifyDirectory },
      configFile: request.configFile,
    },
  );
  demandTerminal(planned.config.process, kind !== 'foreground', request.consoleSocket);
  demandRootfs(planned.plan.rootfs);
  const process = takeInit();
  undo.add(() => endInit(process.identity));
  const foreground = kind === 'foreground';
  try {
    claim(env.root, env.rootMode, paths, id);
    undo.add(() => removeContainer(paths));
    if (notifyDirectory !== null) makeDirectory(notifyDirectory, 0o755);
    return await build(env, { id, keyring, request, planned, paths, undo, process, bundle, foreground });
  } catch (error) {
    // The outer init and the container process end at the end of file.
    process.channel.close();
    throw withOwner(error, planned);
  }
}

/** Adds to EACCES in a user namespace who owns the root file system, and which uid sets the container up. */
function withOwner(error: unknown, { config, plan }: PlannedBundle): unknown {
  if (!(error instanceof RuntimeError) || error.data.errno !== constants.errno.EACCES) return error;
  const { uidMappings: uids = [], gidMappings: gids = [] } = config.linux ?? {};
  const { uid } = setupIds({ uids, gids }, config.process?.user);
  const expected = hostId(uids, uid);
  const owner = ownershipOf(plan.rootfs)?.uid;
  if (namespaceOf(config, 'user') === undefined || expected === undefined || owner === expected) return error;
  const whose = uid === 0 ? "the container's root" : `uid ${uid} of the container`;
  const hint = `; "${plan.rootfs}" belongs to uid ${owner}, and ${whose} is uid ${expected} of the host`;
  return new RuntimeError(error.code, `${error.message}${hint}`, {
    ref: error.ref,
    data: error.data,
    cause: error,
  });
}

type Build = Beginning & {
  readonly request: CreateRequest;
  readonly foreground: boolean;
};

async function build(env: Environment, work: Build): Promise<Created> {
  const { request, planned, paths, undo, process } = work;
  const { plan } = planned;
  const { channel } = process;
  // Where slipway moves the container process to its cgroups (a user namespace) they come first, and nothing happens before
  // it did; else the init makes namespaces while slipway makes state and cgroups.
  const moves = plan.process.some(({ op }) => op === 'joinCgroup');
  await awaitHello(env, channel, []);
  if (!moves) channel.send(plan.prepare);
  const making = await begin(env, work);
  if (moves) channel.send(plan.prepare);
  if (plan.user.length > 0) {
    await awaitHello(env, channel, plan.prepare);
    for (const step of plan.idMaps) await runProcessStep(process.identity.pid, step);
    channel.send(plan.user);
  }
  const following = work.foreground ? follow(process, planned.config.process?.terminal === true, undo) : null;
  const [early, sync, late] = parts(plan.container);
  const sent = [...plan.outer, ...plan.container];
  channel.send(plan.outer);
  if (!moves) channel.send(early);
  await awaitHello(env, channel, plan.user.length > 0 ? plan.user : plan.prepare);
  const init = identityOf((await awaitRecord(env, channel, sent, 'PID')).step);
  making.state = { ...making.state, init };
  undo.add(() => endProcess(init, () => thaw(directoriesOf(plan.containerCgroups))));
  // Before the container process gets to `sync` or `waitStart`: should slipway die, it ends by itself or delete finds it.
  save(paths, making.state);
  await finishCgroups(env, plan, work.foreground ? process.identity : null);
  await runHostSteps({ steps: plan.process, pid: init.pid, channel, sent, undo });
  if (moves) channel.send(early);
  if (sync.length > 0) {
    channel.send(sync);
    await awaitRecord(env, channel, sent, 'SYNC');
    await runHooks(env, plan.hooks, making.state, 'creating');
  }
  await sendWithListener(env, late, {
    channel,
    sent,
    pid: init.pid,
    config: planned.config,
    state: making.state,
    status: 'creating',
  });
  const state = { ...making.state, ready: true };
  // While the container process is at its steps.
  const publish = prepareReady(paths, state, answerText(state, paths));
  await awaitRecord(env, channel, sent, 'READY');
  if (request.pidFile !== null) writePidFile(request.pidFile, init, undo);
  publish();
  planned.filter.keep();
  return { state, paths, process, sent, undo, following };
}

/** What may run before the pid is saved; `sync`, if it is there; and the rest. */
function parts(steps: readonly InitStep[]): readonly [early: InitStep[], sync: InitStep[], late: InitStep[]] {
  const gate = steps.findIndex(({ op }) => op === 'sync' || op === 'waitStart');
  const after = steps[gate]?.op === 'sync' ? gate + 1 : gate;
  return [steps.slice(0, gate), steps.slice(gate, after), steps.slice(after)];
}
