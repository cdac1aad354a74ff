// update: other limits for a container that exists.

import type { ContainerCgroup } from '../cgroup/container-cgroup.ts';
import { scopeLimits } from '../cgroup/systemd/scope.ts';
import { askedChanges, updateSteps, usageChecks } from '../cgroup/update-steps.ts';
import { deviceWrites } from '../cgroup/v1/devices.ts';
import { RuntimeError } from '../error/error.ts';
import { changeLimits, demandRoom } from '../host/cgroup/limits.ts';
import { runCgroupStep } from '../host/cgroup/steps.ts';
import { hostFacts } from '../host/facts.ts';
import { writeSchemata } from '../host/rdt.ts';
import { changeScope } from '../host/systemd.ts';
import { classPath, schemataLines } from '../rdt/rdt.ts';
import type { Config } from '../spec/config.ts';
import { pointer } from '../spec/diagnostic.ts';
import type { HostFacts } from '../spec/host-facts.ts';
import { formatJson, isObject, type Json, type JsonObject, objectOf } from '../spec/json.ts';
import type { Resources } from '../spec/resources.ts';
import { withoutNulls } from '../spec/unset.ts';
import { withLock } from '../store/lock.ts';
import type { SavedState } from '../store/saved-state.ts';
import { prepareConfig } from '../store/store.ts';
import { checkConfigOf } from './bundle.ts';
import type { Environment } from './environment.ts';
import { type Loaded, loadContainer } from './load.ts';
import { readConfigOf } from './saved-config.ts';
import { demand } from './status.ts';

export type UpdateRequest = {
  readonly id: string;
  /** Part of a linux.resources (config-linux.md#control-groups). Numbers of 0 leave a limit as it is. */
  readonly resources: JsonObject;
  /** Part of a linux.intelRdt; null leaves that as it is. */
  readonly intelRdt: JsonObject | null;
};

/** All limits are changed, or none. What two commands change at the same time is all saved. */
export async function update(env: Environment, request: UpdateRequest): Promise<void> {
  const loaded = loadContainer(env, request);
  const { id, paths, state, status } = loaded;
  demand('update', id, status);
  if (state.cgroups.length === 0)
    throw new RuntimeError(
      'WRONG_STATUS',
      `container ${id} has no cgroups, and so no limits: none were permitted without root, or --cgroup-manager=disabled`,
      {
        ref: id,
      },
    );
  await withLock(paths.folder, () => change(env, request, loaded));
}

async function change(env: Environment, request: UpdateRequest, { paths, state }: Loaded): Promise<void> {
  const given = askedChanges(withSwap(request.resources));
  const facts = hostFacts();
  const before = await readConfigOf(paths);
  const changed = changedConfig(before, given, request.intelRdt);
  const config = await checkConfigOf(env, { document: changed, before }, state, facts);
  demandSameDevices(before, changed);
  const rdt = request.intelRdt === null ? null : rdtOf(state, facts, config);
  const { resources = {} } = config.linux ?? {};
  for (const check of usageChecks(state.cgroups, resources)) demandRoom(check);
  const saved = prepareConfig(paths, formatJson(changed));
  let takeBack = () => {};
  try {
    takeBack = changeLimits(updateSteps(state.cgroups, resources, pointersOf(given)));
    if (rdt !== null) writeSchemata('/linux/intelRdt', rdt.path, rdt.schemata);
    if (state.scope !== null) await tellSystemd(state.scope, state.cgroups, resources);
    saved.publish();
  } catch (error) {
    saved.discard();
    takeBack();
    throw error;
  }
}

/** Engines repeat the rules of `create` (CRI). Throws NOT_SUPPORTED for other ones. */
function demandSameDevices(before: JsonObject, changed: JsonObject): void {
  const [old, now] = [before, changed].map((document) => {
    const { linux = {} } = withoutNulls(document) as Pick<Config, 'linux'>;
    return formatJson(deviceWrites(linux.resources ?? {}));
  });
  if (old !== now)
    throw new RuntimeError(
      'NOT_SUPPORTED',
      '/linux/resources/devices: the device rules of a container cannot be changed: create it anew, or leave them out',
      { ref: '/linux/resources/devices' },
    );
}

/** Throws WRONG_STATUS for a container that has no class of its own. */
function rdtOf({ id, rdt = [] }: SavedState, { resctrl }: HostFacts, { linux = {} }: Config) {
  const { intelRdt } = linux;
  if (resctrl !== null && intelRdt !== undefined && rdt.length > 0)
    return { path: classPath(intelRdt, id, resctrl), schemata: schemataLines(intelRdt) };
  throw new RuntimeError(
    'WRONG_STATUS',
    `container ${id} has no RDT class of its own: it was created without /linux/intelRdt, or in the class of others`,
    { ref: id },
  );
}

/** systemd writes the limits too, some of them rounded: then slipway does so again. */
async function tellSystemd(
  scope: string,
  cgroups: readonly ContainerCgroup[],
  resources: Resources,
): Promise<void> {
  await changeScope(scope, scopeLimits(resources));
  for (const step of updateSteps(cgroups, resources, 'all')) runCgroupStep(step);
}

/** No limit of memory is none of memory and swap either, as in runc. */
function withSwap(resources: JsonObject): JsonObject {
  const { memory } = resources;
  if (!isObject(memory) || memory.limit !== -1 || (memory.swap ?? 0) !== 0) return resources;
  return { ...resources, memory: { ...memory, swap: -1 } };
}

function changedConfig(document: JsonObject, given: JsonObject, intelRdt: JsonObject | null): JsonObject {
  const linux = objectOf(document.linux);
  const before = objectOf(linux.resources);
  const sections = Object.entries(given).map(([name, section]) => [name, merged(before[name], section)]);
  const resources = { ...before, ...Object.fromEntries(sections) };
  const rdt = intelRdt === null ? {} : { intelRdt: { ...objectOf(linux.intelRdt), ...intelRdt } };
  return { ...document, linux: { ...linux, resources, ...rdt } };
}

function merged(before: Json | undefined, given: Json): Json {
  return isObject(before) && isObject(given) ? { ...before, ...given } : given;
}

/** Pointers of the properties, two levels deep: `/linux/resources/cpu/quota`; of a list, its own. */
function pointersOf(given: JsonObject): string[] {
  return Object.entries(given).flatMap(([section, members]) =>
    isObject(members)
      ? Object.keys(members).map((member) => pointer(['linux', 'resources', section, member]))
      : [pointer(['linux', 'resources', section])],
  );
}
