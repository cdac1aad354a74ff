// restore: the processes of a checkpoint, as a container again.

import { cgroupPath } from '../cgroup/cgroup-steps.ts';
import { RuntimeError } from '../error/error.ts';
import { criuFailure, demandCriu } from '../host/criu.ts';
import { makeDirectories, makeDirectory, readTextIfThere } from '../host/files.ts';
import { awaitEnd, dismissInit, takeInit } from '../host/init-process.ts';
import { identityOf } from '../host/process.ts';
import { endProcess, followSignals } from '../host/signal.ts';
import { logName, type RestoreOptions, restoreArguments } from '../plan/criu-arguments.ts';
import { networkFdOf, restoreSteps } from '../plan/restore-steps.ts';
import { parseContainerId } from '../store/id.ts';
import { claim, containerPaths, demandFree, prepareReady, removeContainer } from '../store/store.ts';
import { answerText } from './answer.ts';
import { begin, finishCgroups } from './begin.ts';
import { bundlePath, demandRoot, demandRootfs, planBundle } from './bundle.ts';
import { descriptorsName } from './checkpoint.ts';
import { removeStopped } from './delete.ts';
import type { Environment } from './environment.ts';
import { runHooks } from './hooks.ts';
import { awaitHello, awaitRecord } from './init-records.ts';
import { writePidFile } from './pid-file.ts';
import { UndoStack } from './undo.ts';

export type RestoreRequest = RestoreOptions & {
  readonly id: string;
  readonly bundle: string;
  readonly detach: boolean;
  readonly pidFile: string | null;
};

/** Returns the status of the process, 128+n when a signal ended it; 0 when detached. */
export async function restore(env: Environment, request: RestoreRequest): Promise<number> {
  const id = parseContainerId(request.id);
  demandRoot();
  const paths = containerPaths(env.root, id);
  const bundle = bundlePath(request.bundle);
  demandFree(paths, id);
  const descriptors = readDescriptors(request.images);
  await demandCriu();
  const planned = await planBundle(env, {
    id,
    bundle,
    preserveFds: 0,
    consoleSocket: null,
    pidfdSocket: null,
    noPivot: false,
    noNewKeyring: false,
    start: { kind: request.detach ? 'detached' : 'foreground' },
    debug: env.debug,
  });
  const { config, plan } = planned;
  demandRootfs(plan.rootfs);
  makeDirectories(request.work, 0o700);
  const process = takeInit();
  const { channel } = process;
  const undo = new UndoStack();
  undo.add(() => awaitEnd(process.identity));
  try {
    claim(env.root, paths, id);
    undo.add(() => removeContainer(paths));
    makeDirectory(`${paths.folder}/root`, 0o700);
    const making = await begin(env, { id, ownKeyring: true, planned, process, bundle, paths, undo });
    const target = {
      config,
      root: `${paths.folder}/root`,
      bundle,
      cgroups: plan.containerCgroups,
      networkFd: networkFdOf(config),
      pidFile: `${paths.folder}/criu.pid`,
      cgroup: plan.scope?.path ?? cgroupPath(id, config.linux?.cgroupsPath),
      descriptors,
    };
    const argv = ['criu', ...restoreArguments(request, target)];
    await env.log('debug', argv.join(' '));
    const steps = restoreSteps(config, {
      bundle,
      rootfs: plan.rootfs,
      root: target.root,
      pidFile: target.pidFile,
      argv,
      foreground: !request.detach,
      debug: env.debug,
    });
    await awaitHello(env, channel, []);
    channel.send(steps.prepare);
    if (!request.detach) undo.add(followSignals(process.identity, false));
    await awaitHello(env, channel, steps.prepare);
    channel.send(steps.outer);
    const record = await awaitRecord(env, channel, steps.outer, 'PID').catch((error: unknown) => {
      throw error instanceof RuntimeError && error.data.op === 'restore'
        ? criuFailure('restore', `${request.work}/${logName('restore')}`)
        : error;
    });
    const init = identityOf(record.step);
    undo.add(() => endProcess(init));
    const state = { ...making.state, init, ready: true };
    making.state = state;
    finishCgroups(plan, request.detach ? null : process.identity);
    await runHooks(env, plan.hooks, state, 'creating');
    if (request.pidFile !== null) writePidFile(request.pidFile, init, undo);
    prepareReady(paths, state, answerText(state, paths))();
    await runHooks(env, state.hooks.poststart, state, 'running');
    if (request.detach) return 0;
    const status = await process.status();
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
