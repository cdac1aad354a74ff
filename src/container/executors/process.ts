// Steps about the container process, and about slipway's own part in its life.

import { directoriesOf } from '../../cgroup/container-cgroup.ts';
import { lostInit } from '../../conversation/failure.ts';
import type { ProcessUndos } from '../../conversation/run-script.ts';
import { RuntimeError } from '../../error/error.ts';
import { isFrozen, thaw } from '../../host/cgroup/freezer.ts';
import { isAlive } from '../../host/process.ts';
import { runProcessStep } from '../../host/process-steps.ts';
import { sendListener } from '../../host/seccomp.ts';
import { endProcess, followSignals, sendSignal } from '../../host/signal.ts';
import type { HostStep, ProcessStep } from '../../plan/host-step.ts';
import { runHookStep, stateForHook } from '../hooks.ts';
import { containerProcessOf } from '../load.ts';
import { type ExecutorsOf, type Operation, processOf } from '../operation.ts';
import { followReadiness } from '../readiness.ts';

type Op =
  | ProcessStep['op']
  | 'demandTarget'
  | 'sendListener'
  | 'hook'
  | 'followSignals'
  | 'passSignals'
  | 'listenReadiness'
  | 'refuseStart'
  | 'letGo';

const SIGKILL = 9;

/** The step is about the container process or, before that exists, about the first process of a new user namespace. */
const aboutProcess = {
  run: async (step: ProcessStep, { conversation, init, undo }: Operation) => {
    const { pid } = conversation.findings.process ?? init.identity;
    const takeBack = await runProcessStep(pid, step);
    if (takeBack !== null) undo.add(takeBack);
  },
  needsProcess: true,
} as const;

export const processExecutors: ExecutorsOf<Op> = {
  oomScoreAdj: aboutProcess,
  giveStdio: aboutProcess,
  joinCgroup: aboutProcess,
  writeIdMap: aboutProcess,
  denySetgroups: aboutProcess,
  runIdMapTool: aboutProcess,
  checkIdMap: aboutProcess,
  rdtJoin: aboutProcess,
  netDevice: aboutProcess,
  demandTarget: {
    run: (_, { state }) => {
      if (!isAlive(containerProcessOf(state)))
        throw new RuntimeError('WRONG_STATUS', 'cannot exec in a stopped container');
    },
  },
  sendListener: { run: tellAgent },
  hook: {
    run: (step, { env, state }) =>
      runHookStep(env, step, state, step.kind === 'poststart' ? 'running' : 'creating'),
  },
  followSignals: {
    run: ({ terminal }, operation) => {
      const { identity, channel } = operation.init;
      const following = followSignals(identity, terminal);
      operation.following = following;
      channel.interruptBy(following.interruption);
      operation.undo.add(following.release);
    },
  },
  passSignals: { run: (_, { following }) => following?.ready() },
  listenReadiness: {
    run: async (_, operation) => {
      const notifier = await followReadiness(operation.paths, processOf(operation));
      operation.notifier = notifier;
      operation.undo.add(() => notifier?.stop());
    },
  },
  refuseStart: {
    run: ({ why }) => {
      throw new RuntimeError('INVALID_CONFIG', why);
    },
  },
  letGo: { run: (_, { init }) => init.channel.sendStart() },
};

/** A script that fails ends the process that one of these steps has made. */
export const processUndos: ProcessUndos<Operation> = {
  clone: endContainer,
  cloneBuilder: endContainer,
  restore: endContainer,
  cloneJoiner: endJoined,
};

async function endContainer(operation: Operation): Promise<void> {
  await endProcess(processOf(operation), () => thaw(directoriesOf(operation.state.cgroups)));
}

/** In a frozen container the process ends when the container is thawed. */
async function endJoined(operation: Operation): Promise<void> {
  if (isFrozen(operation.state.freezers)) await sendSignal(processOf(operation), SIGKILL);
  else await endProcess(processOf(operation));
}

/** Sends the listener of the seccomp filter to the agent that the profile names (config-linux.md#containerprocessstate). */
async function tellAgent(
  { from, agent, metadata }: HostStep & { readonly op: 'sendListener' },
  operation: Operation,
): Promise<void> {
  const process = processOf(operation);
  const { made, state, conversation } = operation;
  const { listener } = conversation.findings;
  if (listener === null) throw lostInit();
  await sendListener({ from, path: agent }, process, listener, {
    ociVersion: state.ociVersion,
    fds: ['seccompFd'],
    pid: process.pid,
    ...(metadata === null ? {} : { metadata }),
    state: stateForHook(state, made === null ? 'running' : 'creating'),
  });
}
