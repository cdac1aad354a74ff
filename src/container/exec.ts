// exec: a further process in a container that runs.

import { availableCapabilities, capabilityBit } from '../capability/capability.ts';
import { UndoStack } from '../conversation/undo.ts';
import { RuntimeError } from '../error/error.ts';
import { hostFacts } from '../host/facts.ts';
import { mapsOfProcess } from '../host/id-maps.ts';
import { dismissInit, takeInit } from '../host/init-process.ts';
import { inheritedFds } from '../host/launch.ts';
import type { ProcessIdentity } from '../host/process.ts';
import { namespaceOf } from '../namespace/asked.ts';
import { execParts } from '../plan/exec-parts.ts';
import { execScript } from '../plan/exec-script.ts';
import type { StageOptions } from '../plan/plan.ts';
import type { Script } from '../plan/script.ts';
import type { HostFacts } from '../spec/host-facts.ts';
import { type JsonObject, objectOf } from '../spec/json.ts';
import type { SavedState } from '../store/saved-state.ts';
import type { ContainerPaths } from '../store/store.ts';
import { checkConfigOf } from './bundle.ts';
import type { Environment } from './environment.ts';
import { execCgroups } from './exec-cgroups.ts';
import { type ProcessRequest, processDocument } from './exec-process.ts';
import { containerProcessOf, loadContainer } from './load.ts';
import { runOperation } from './run-operation.ts';
import { readConfigOf } from './saved-config.ts';
import { filterOf } from './seccomp.ts';
import { demand } from './status.ts';
import { demandTerminal } from './terminal.ts';
import { awaitStatus } from './wait.ts';

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
  const target = containerProcessOf(state);
  const script = await planExec(env, state, target, paths, request);
  const init = takeInit();
  try {
    const operation = await runOperation(script, {
      env,
      paths,
      init,
      undo: new UndoStack(),
      made: null,
      state,
    });
    return request.detach ? 0 : await awaitStatus(operation);
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
): Promise<Script> {
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
    pidFile: request.pidFile,
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
  return execScript(execParts(target, config.process, options, facts), config, options);
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
