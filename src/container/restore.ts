// restore: the processes of a checkpoint, as a container again.

import { UndoStack } from '../conversation/undo.ts';
import { RuntimeError } from '../error/error.ts';
import { criuFailure, demandCriu } from '../host/criu.ts';
import { makeDirectories } from '../host/file-changes.ts';
import { exists, readTextIfThere, realPath } from '../host/files.ts';
import { dismissInit, takeInit } from '../host/init-process.ts';
import { logName, type RestoreOptions } from '../plan/criu/options.ts';
import { makeRestorePlan } from '../plan/restore-plan.ts';
import type { Config } from '../spec/config.ts';
import { parseContainerId } from '../store/id.ts';
import { containerPaths, demandFree } from '../store/store.ts';
import { bundlePath, demandRoot, demandRootfs, planBundle } from './bundle.ts';
import { demandOwnMounts } from './caller-root.ts';
import { descriptorsName } from './checkpoint.ts';
import type { Environment } from './environment.ts';
import { firstState } from './first-state.ts';
import { newKeyringName } from './keyring.ts';
import { runOperation } from './run-operation.ts';
import { demandTerminal } from './terminal.ts';
import { untilEnd } from './wait.ts';

export type RestoreRequest = RestoreOptions & {
  readonly id: string;
  /** Null: that of the container of an image, else the current directory. */
  readonly bundle: string | null;
  readonly detach: boolean;
  readonly pidFile: string | null;
  /** Where the terminal goes of a container that is detached. */
  readonly consoleSocket: string | null;
};

/** CRIU makes the process, and nothing moves devices or joins classes for it. Throws NOT_SUPPORTED. */
function demandRestorable({ linux = {} }: Config): void {
  const { netDevices = {}, intelRdt } = linux;
  const asked = [
    ...(Object.keys(netDevices).length > 0 ? ['/linux/netDevices'] : []),
    ...(intelRdt === undefined ? [] : ['/linux/intelRdt']),
  ];
  if (asked.length > 0)
    throw new RuntimeError(
      'NOT_SUPPORTED',
      `${asked.join(', ')}: restore cannot apply it; leave it out of config.json`,
      {
        ref: asked[0],
      },
    );
}

/** Returns the status of the process, 128+n when a signal ended it; 0 when detached. */
export async function restore(env: Environment, request: RestoreRequest): Promise<number> {
  const id = parseContainerId(request.id);
  demandRoot();
  const paths = containerPaths(env.root, id);
  // Checkpoint leaves the bundle of a container of an image.
  const kept = exists(paths.bundle) ? realPath(paths.bundle) : null;
  const bundle = request.bundle === null && kept !== null ? kept : bundlePath(request.bundle ?? '.');
  const unpacked = bundle === kept;
  demandFree(paths, id);
  const descriptors = readDescriptors(request.images);
  await demandCriu();
  const keyring = newKeyringName(id);
  const options = {
    id,
    folder: paths.folder,
    bundle,
    unpacked,
    keyring,
    preserved: [],
    noPivot: false,
    notifyDirectory: null,
    consoleSocket: request.consoleSocket,
    pidfdSocket: null,
    pidFile: request.pidFile,
    start: { kind: request.detach ? 'detached' : 'foreground' },
    debug: env.debug,
  } as const;
  const planned = await planBundle(env, options, (...planning) =>
    makeRestorePlan(...planning, { request, descriptors }),
  );
  const { config, plan } = planned;
  demandOwnMounts('restore', config);
  demandRestorable(config);
  demandTerminal(config.process, request.detach, request.consoleSocket);
  demandRootfs(plan.container.rootfs);
  makeDirectories(request.work, 0o700);
  await env.log('debug', `criu restore: ${JSON.stringify(plan.criu)}`);
  const init = takeInit();
  try {
    const operation = await runOperation(plan.script, {
      env,
      paths,
      init,
      undo: new UndoStack(),
      made: { config: planned.text, keepFilter: planned.filter.keep },
      state: firstState({ id, keyring, planned, bundle, outer: init.identity }),
      explain: (error) =>
        error instanceof RuntimeError && error.data.op === 'restore'
          ? criuFailure('restore', `${request.work}/${logName('restore')}`, error.message)
          : error,
    });
    return request.detach ? 0 : await untilEnd(operation, { keep: false });
  } finally {
    dismissInit();
  }
}

/** What stdio was at the checkpoint. Throws USAGE when there is none. */
function readDescriptors(images: string): readonly string[] {
  const text = readTextIfThere(`${images}/${descriptorsName}`);
  if (text !== null) return JSON.parse(text);
  throw new RuntimeError(
    'USAGE',
    `--image-path: no checkpoint in "${images}": ${descriptorsName} is missing`,
    {
      ref: images,
    },
  );
}
