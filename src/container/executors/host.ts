// Steps about cgroups and what else of the host a container has.

import { bindRoot, plannedRoot } from '../../host/caller-root.ts';
import { demandEmpty, demandThawed } from '../../host/cgroup/idle.ts';
import { joinOwnCgroup } from '../../host/cgroup/membership.ts';
import { runCgroupStep } from '../../host/cgroup/steps.ts';
import { errorCode, exists } from '../../host/files.ts';
import { removeRdt, runRdtStep } from '../../host/rdt.ts';
import { startScope } from '../../host/systemd.ts';
import { effectiveUid } from '../../host/users.ts';
import type { RdtStep } from '../../rdt/rdt.ts';
import { rememberParent } from '../../store/cgroup-parents.ts';
import { save } from '../../store/store.ts';
import { removeCallerRoot } from '../caller-root.ts';
import { removeCgroupsOf } from '../cgroups.ts';
import type { ExecutorsOf, Operation } from '../operation.ts';

type Op =
  | 'demandIdle'
  | 'noteCgroups'
  | 'startScope'
  | 'leaveScope'
  | 'cgroupMake'
  | 'cgroupFillCpuset'
  | 'cgroupHandDown'
  | 'cgroupOwner'
  | 'cgroupWrite'
  | 'bindRoot'
  | 'rdtClass'
  | 'rdtMonitor';

export const hostExecutors: ExecutorsOf<Op> = {
  demandIdle: {
    run: ({ directories, freezers }) => {
      demandEmpty(directories);
      demandThawed(freezers);
    },
  },
  noteCgroups: {
    // First: a `create` that is killed leaves nothing unknown.
    run: ({ parents }, { env }) => {
      for (const path of parents) if (!exists(path)) rememberParent(env.root, path);
    },
    undo: (_, { env, state }) => removeCgroupsOf(env.root, state),
  },
  startScope: { run: (step, { init }) => startScope(step, init.identity.pid) },
  leaveScope: { run: leaveScope },
  // A cgroup above that of the container may go with the last container in it.
  cgroupMake: { run: runCgroupStep, mayGo: true },
  cgroupFillCpuset: { run: runCgroupStep, mayGo: true },
  cgroupHandDown: { run: runCgroupStep, mayGo: true },
  cgroupOwner: { run: runCgroupStep },
  cgroupWrite: { run: runCgroupStep },
  bindRoot: {
    run: async (step, operation) => {
      const { paths } = operation;
      const callerRoot = plannedRoot(step);
      operation.state = { ...operation.state, callerRoot };
      save(paths, operation.state);
      operation.state = { ...operation.state, callerRoot: await bindRoot(step, callerRoot) };
      save(paths, operation.state);
    },
    undo: (_, { env, state }) => removeCallerRoot(env, state),
  },
  rdtClass: { run: makeRdt, undo: takeRdtBack },
  rdtMonitor: { run: makeRdt, undo: takeRdtBack },
};

/** The outer init is in the scope that systemd made with it, and goes back to the cgroup of slipway. */
async function leaveScope(
  { mountpoint, unit }: { readonly mountpoint: string; readonly unit: string },
  { env, init }: Operation,
): Promise<void> {
  const { pid } = init.identity;
  try {
    joinOwnCgroup(mountpoint, pid);
  } catch (error) {
    const { cause } = error as Error;
    if (effectiveUid() === 0 || !['EACCES', 'EPERM'].includes(String(errorCode(cause)))) throw error;
    await env.log(
      'warning',
      `process ${pid} of slipway stays in ${unit}, and counts there: your user manager may not move it back`,
    );
  }
}

function makeRdt(step: RdtStep, operation: Operation): void {
  runRdtStep(step, (path) => {
    operation.state = { ...operation.state, rdt: [path, ...(operation.state.rdt ?? [])] };
    save(operation.paths, operation.state);
  });
}

function takeRdtBack({ path }: RdtStep, { state }: Operation): void {
  removeRdt((state.rdt ?? []).filter((made) => made === path));
}
