// exec: a further process in a container that runs.

import { availableCapabilities, capabilityBit } from '../capability/capability.ts';
import { RuntimeError } from '../error/error.ts';
import { isFrozen } from '../host/cgroup.ts';
import { hostFacts } from '../host/facts.ts';
import { mapsOfProcess } from '../host/id-maps.ts';
import { dismissInit, endInit, type InitProcess, takeInit } from '../host/init-process.ts';
import { inheritedFds } from '../host/launch.ts';
import { identityOf, isAlive, type ProcessIdentity } from '../host/process.ts';
import { endProcess, sendSignal } from '../host/signal.ts';
import { namespaceOf } from '../namespace/asked.ts';
import { type ExecPlan, makeExecPlan } from '../plan/make-exec-plan.ts';
import type { StageOptions } from '../plan/plan.ts';
import type { Config } from '../spec/config.ts';
import type { HostFacts } from '../spec/host-facts.ts';
import { type JsonObject, objectOf } from '../spec/json.ts';
import type { SavedState } from '../store/saved-state.ts';
import type { ContainerPaths } from '../store/store.ts';
import { checkConfigOf } from './bundle.ts';
import type { Environment } from './environment.ts';
import { execCgroups } from './exec-cgroups.ts';
import { type ProcessRequest, processDocument } from './exec-process.ts';
import { follow } from './follow.ts';
import { runHostSteps } from './host-steps.ts';
import { awaitHello, awaitPid, followToExec } from './init-records.ts';
import { sendWithListener } from './listener.ts';
import { demandInit, loadContainer } from './load.ts';
import { writePidFile } from './pid-file.ts';
import { readConfigOf } from './saved-config.ts';
import { filterOf } from './seccomp.ts';
import { demand } from './status.ts';
import { demandTerminal } from './terminal.ts';
import { UndoStack } from './undo.ts';

export type ExecRequest = {
  readonly id: string;
  readonly process: ProcessRequest;
  readonly detach: boolean;
  readonly pidFile: string | null;
  /** How many fds from 3 on the process inherits. */
  readonly preserveFds: number;
  /** Where the terminal goes of a process that is detached. */
  readonly consoleSocket: string | null;
  readonly pidfdSocket: string | null;
  /** Cgroups below the container's own, as `[CONTROLLER[,…]:]PATH`. */
  readonly cgroups: readonly string[];
  /** A paused container is no error: the process runs once it is resumed. */
  readonly ignorePaused: boolean;
};

/** Returns the status of the process, 128+n when a signal ended it; 0 when detached. */
export async function exec(env: Environment, request: ExecRequest): Promise<number> {
  const { id, paths, state, status } = loadContainer(env, request);
  if (status !== 'paused' || !request.ignorePaused) demand('exec', id, status);
  const target = demandInit(state);
  const { config, plan } = await planExec(env, state, target, paths, request);
  const process = takeInit();
  const undo = new UndoStack();
  undo.add(() => endInit(process.identity));
  try {
    const joined = await enter(env, {
      plan,
      config,
      state,
      process,
      target,
      undo,
      foreground: !request.detach,
      pidFile: request.pidFile,
    });
    return request.detach ? 0 : await process.status(joined);
  } catch (error) {
    process.channel.close();
    throw await undo.fail(error);
  } finally {
    dismissInit();
  }
}

async function planExec(
  env: Environment,
  state: SavedState,
  { pid }: ProcessIdentity,
  paths: ContainerPaths,
  request: ExecRequest,
): Promise<{ readonly config: Config; readonly plan: ExecPlan }> {
  const facts = hostFacts();
  const before = await readConfigOf(paths);
  const process = await withoutUnavailable(env, request.process, before, facts);
  const document = await processDocument(before, process);
  const config = await checkConfigOf(env, { document, before }, state, facts);
  const { bytes: filter } = await filterOf(env, config);
  const options: StageOptions = {
    preserved: inheritedFds(request.preserveFds, 0),
    start: { kind: request.detach ? 'detached' : 'foreground' },
    consoleSocket: request.consoleSocket,
    pidfdSocket: request.pidfdSocket,
    filter,
    debug: env.debug,
  };
  const cgroups = execCgroups(state, pid, request.cgroups, facts.cgroup.v2?.mountpoint ?? '');
  const { id, keyring, owner } = state;
  const denyGroups = owner !== 0 || !facts.caller.initialNamespace;
  const uids = namespaceOf(config, 'user') === undefined ? null : mapsOfProcess(pid).uidMappings;
  const target = { id, config, pid, cgroups, keyring, denyGroups, uids };
  if (config.process === undefined)
    throw new RuntimeError('USAGE', 'no process to run: give a command or --process');
  demandTerminal(config.process, request.detach, request.consoleSocket);
  return { config, plan: makeExecPlan(target, config.process, options, facts) };
}

/** Without the capabilities that cannot be given, each of which is named once. */
async function withoutUnavailable(
  env: Environment,
  request: ProcessRequest,
  config: JsonObject,
  facts: HostFacts,
): Promise<ProcessRequest> {
  const { namespaces } = objectOf(config.linux);
  const userNamespace =
    Array.isArray(namespaces) && namespaces.some((entry) => objectOf(entry).type === 'user');
  const available = availableCapabilities(facts.capabilities, userNamespace);
  const isAvailable = (name: string) => (capabilityBit(name) & available) !== 0n;
  for (const name of request.capabilities)
    if (!isAvailable(name))
      await env.log('warning', `--cap: "${name}" is unknown, or slipway itself does not have it; ignored`);
  return { ...request, capabilities: request.capabilities.filter(isAvailable) };
}

type Entry = {
  readonly plan: ExecPlan;
  readonly config: Config;
  readonly state: SavedState;
  readonly process: InitProcess;
  /** The container process, through whose namespaces the way goes. */
  readonly target: ProcessIdentity;
  readonly undo: UndoStack;
  readonly foreground: boolean;
  readonly pidFile: string | null;
};

/** Ends when the program runs. Returns its process. */
async function enter(
  env: Environment,
  { plan, config, state, process, target, undo, foreground, pidFile }: Entry,
): Promise<ProcessIdentity> {
  const { channel } = process;
  const terminal = plan.joiner.some(({ op }) => op === 'terminal');
  await awaitHello(env, channel, []);
  channel.send(plan.prepare);
  const following = foreground ? follow(process, terminal, undo) : null;
  await awaitHello(env, channel, plan.prepare);
  // Only now is it sure that the namespaces that were opened are not those of a later process with that pid.
  if (!isAlive(target)) throw new RuntimeError('WRONG_STATUS', 'cannot exec in a stopped container');
  const early = [...plan.outer, ...plan.joiner];
  const sent = [...early, ...plan.container];
  channel.send(early);
  const { pid, crowded } = await awaitPid(env, channel, sent);
  const joined = identityOf(pid);
  // In a container that is frozen it ends once that goes on.
  undo.add(async () => {
    if (isFrozen(state.freezers)) await sendSignal(joined, 9);
    else await endProcess(joined);
  });
  const steps = [...(crowded ? plan.crowded : []), ...plan.process];
  await runHostSteps({ steps, pid, channel, sent, undo });
  await sendWithListener(env, plan.container, {
    channel,
    sent,
    pid: joined.pid,
    config,
    state,
    status: 'running',
  });
  await followToExec(env, channel, sent);
  following?.ready();
  if (pidFile !== null) writePidFile(pidFile, joined, undo);
  return joined;
}
