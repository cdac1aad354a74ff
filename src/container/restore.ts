// restore: the processes of a checkpoint, as a container again.

import { cgroupPath } from '../cgroup/cgroup-steps.ts';
import { RuntimeError } from '../error/error.ts';
import { criuFailure, demandCriu } from '../host/criu.ts';
import { exists, makeDirectories, makeDirectory, readTextIfThere, realPath } from '../host/files.ts';
import { dismissInit, endInit, takeInit } from '../host/init-process.ts';
import { identityOf } from '../host/process.ts';
import { endProcess } from '../host/signal.ts';
import { encodeOptions, logName, type RestoreOptions, restoreOptions } from '../plan/criu-request.ts';
import type { StageOptions } from '../plan/plan.ts';
import { networkFdOf, restoreSteps } from '../plan/restore-steps.ts';
import type { Config } from '../spec/config.ts';
import { parseContainerId } from '../store/id.ts';
import { claim, containerPaths, demandFree, prepareReady, removeContainer, save } from '../store/store.ts';
import { answerText } from './answer.ts';
import { begin, finishCgroups } from './begin.ts';
import { bundlePath, demandRoot, demandRootfs, planBundle } from './bundle.ts';
import { demandOwnMounts } from './caller-root.ts';
import { descriptorsName } from './checkpoint.ts';
import { removeStopped } from './delete.ts';
import type { Environment } from './environment.ts';
import { follow } from './follow.ts';
import { runHooks } from './hooks.ts';
import { awaitHello, awaitRecord } from './init-records.ts';
import { newKeyringName } from './keyring.ts';
import { writePidFile } from './pid-file.ts';
import { demandTerminal } from './terminal.ts';
import { UndoStack } from './undo.ts';

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
  const stage: StageOptions = {
    preserved: [],
    consoleSocket: request.consoleSocket,
    pidfdSocket: null,
    filter: null,
    start: { kind: request.detach ? 'detached' : 'foreground' },
    debug: env.debug,
  };
  const keyring = newKeyringName(id);
  const planned = await planBundle(env, { ...stage, id, bundle, unpacked, noPivot: false, keyring });
  const { config, plan } = planned;
  demandOwnMounts('restore', config);
  demandRestorable(config);
  demandTerminal(config.process, request.detach, request.consoleSocket);
  demandRootfs(plan.rootfs);
  makeDirectories(request.work, 0o700);
  const process = takeInit();
  const { channel } = process;
  const undo = new UndoStack();
  undo.add(() => endInit(process.identity));
  try {
    claim(env.root, env.rootMode, paths, id);
    undo.add(() => removeContainer(paths));
    makeDirectory(`${paths.folder}/root`, 0o700);
    const making = await begin(env, { id, keyring, planned, process, bundle, paths, undo });
    const root = `${paths.folder}/root`;
    const options = restoreOptions(request, {
      config,
      root,
      bundle,
      cgroups: plan.containerCgroups,
      networkFd: networkFdOf(config),
      cgroup: plan.scope?.path ?? cgroupPath(id, config.linux?.cgroupsPath),
      descriptors,
    });
    await env.log('debug', `criu restore: ${JSON.stringify(options)}`);
    const steps = restoreSteps(config, stage, {
      bundle,
      rootfs: plan.rootfs,
      unpacked,
      root,
      images: request.images,
      work: request.work,
      options: encodeOptions(options),
    });
    await awaitHello(env, channel, []);
    channel.send(steps.prepare);
    const terminal = config.process?.terminal === true;
    const following = request.detach ? null : follow(process, terminal, undo);
    await awaitHello(env, channel, steps.prepare);
    channel.send(steps.outer);
    const restored = async (kind: 'PID' | 'READY') => {
      try {
        return await awaitRecord(env, channel, steps.outer, kind);
      } catch (error) {
        throw error instanceof RuntimeError && error.data.op === 'restore'
          ? criuFailure('restore', `${request.work}/${logName('restore')}`, error.message)
          : error;
      }
    };
    const init = identityOf((await restored('PID')).step);
    making.state = { ...making.state, init };
    undo.add(() => endProcess(init));
    save(paths, making.state);
    await finishCgroups(env, plan, request.detach ? null : process.identity);
    await runHooks(env, plan.hooks, making.state, 'creating');
    channel.sendStart();
    await restored('READY');
    following?.ready();
    const state = { ...making.state, ready: true };
    if (request.pidFile !== null) writePidFile(request.pidFile, init, undo);
    prepareReady(paths, state, answerText(state, paths))();
    await runHooks(env, state.hooks.poststart, state, 'running');
    if (request.detach) return 0;
    const status = await process.status(init);
    await removeStopped(env, state, paths);
    return status;
  } catch (error) {
    channel.close();
    throw await undo.fail(error);
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
