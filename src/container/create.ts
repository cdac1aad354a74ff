// create (runtime.md#create): a container process that has everything but its program, or nothing at all.

import { constants } from 'node:os';
import { UndoStack } from '../conversation/undo.ts';
import { RuntimeError } from '../error/error.ts';
import { ownershipOf } from '../host/files.ts';
import { dismissInit, takeInit } from '../host/init-process.ts';
import { namespaceOf } from '../namespace/asked.ts';
import { hostId, setupIds } from '../namespace/id-map.ts';
import type { PlanOptions } from '../plan/plan.ts';
import { parseContainerId } from '../store/id.ts';
import { containerPaths, demandFree } from '../store/store.ts';
import { bundlePath, demandRootfs, type PlannedBundle } from './bundle.ts';
import type { Environment } from './environment.ts';
import { firstState } from './first-state.ts';
import type { ImageRequest } from './make-bundle.ts';
import type { Operation } from './operation.ts';
import { type CreateRequest, type CreationOptions, planCreation } from './plan-creation.ts';
import { runOperation } from './run-operation.ts';
import { demandTerminal } from './terminal.ts';

export async function create(env: Environment, request: CreateRequest): Promise<void> {
  await createContainer(env, request, 'fifos');
  dismissInit();
}

/** `kind` fifos: the container waits for `start`; else its program runs. */
export async function createContainer(
  env: Environment,
  request: CreateRequest,
  kind: PlanOptions['start']['kind'],
): Promise<Operation> {
  const id = parseContainerId(request.id);
  const paths = containerPaths(env.root, id);
  const given = typeof request.bundle === 'string' ? bundlePath(request.bundle) : request.bundle;
  demandFree(paths, id);
  const undo = new UndoStack();
  const container = { id, paths, undo };
  try {
    const unpacked = typeof given !== 'string';
    const bundle = typeof given === 'string' ? given : await unpackedBundle(env, given, container);
    return await createFrom(env, { ...container, request, kind, bundle, unpacked });
  } catch (error) {
    throw await undo.fail(error);
  }
}

async function unpackedBundle(
  env: Environment,
  image: ImageRequest,
  container: Pick<Creation, 'id' | 'paths' | 'undo'>,
): Promise<string> {
  const { makeContainerBundle } = await import('./make-bundle.ts');
  return makeContainerBundle(env, image, container);
}

type Creation = CreationOptions & { readonly undo: UndoStack };

async function createFrom(env: Environment, creation: Creation): Promise<Operation> {
  const { id, paths, undo, bundle, request, kind } = creation;
  const planned = await planCreation(env, creation);
  demandTerminal(planned.config.process, kind !== 'foreground', request.consoleSocket);
  demandRootfs(planned.plan.container.rootfs);
  const init = takeInit();
  return await runOperation(planned.plan.script, {
    env,
    paths,
    init,
    undo,
    made: { config: planned.text, keepFilter: planned.filter.keep },
    state: firstState({ id, keyring: planned.keyring, planned, bundle, outer: init.identity }),
    explain: (error) => withOwner(error, planned),
  });
}

/** Adds to EACCES in a user namespace who owns the root file system, and which uid sets the container up. */
function withOwner(error: unknown, { config, plan }: PlannedBundle): unknown {
  if (!(error instanceof RuntimeError) || error.data.errno !== constants.errno.EACCES) return error;
  const { uidMappings: uids = [], gidMappings: gids = [] } = config.linux ?? {};
  const { uid } = setupIds({ uids, gids }, config.process?.user);
  const expected = hostId(uids, uid);
  const owner = ownershipOf(plan.container.rootfs)?.uid;
  if (namespaceOf(config, 'user') === undefined || expected === undefined || owner === expected) return error;
  const whose = uid === 0 ? "the container's root" : `uid ${uid} of the container`;
  const hint = `; "${plan.container.rootfs}" belongs to uid ${owner}, and ${whose} is uid ${expected} of the host`;
  return new RuntimeError(error.code, `${error.message}${hint}`, {
    ref: error.ref,
    data: error.data,
    cause: error,
  });
}
