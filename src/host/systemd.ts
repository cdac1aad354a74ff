// systemd as the manager of cgroups: transient scopes (systemd.scope(5), org.freedesktop.systemd1(5)), through busctl(1).

import type { UnitProperty } from '../cgroup/systemd/properties.ts';
import type { ScopePlan } from '../cgroup/systemd/scope.ts';
import { RuntimeError } from '../error/error.ts';
import { type CgroupFacts, isHostRoot } from '../spec/host-facts.ts';
import { processesBelow, unifiedPathOf } from './cgroup/membership.ts';
import { callerFact, controllersOf } from './facts.ts';
import { exists } from './files.ts';
import { waitUntil } from './process.ts';
import { type Outcome, runProgram } from './program.ts';

/** Seconds that an answer may take. */
const patience = 30;

/** Milliseconds for systemd to do what it said it would, and to forget a unit that has ended. */
const deadline = 10_000;

/**
 * Where systemd makes cgroups: its system manager below the root of the tree, the manager of a user, who is not root, below
 * its own cgroup. Throws NOT_SUPPORTED where it cannot.
 */
export async function systemdCgroups({ v1, v2 }: CgroupFacts): Promise<CgroupFacts> {
  if (!exists('/run/systemd/system'))
    throw refused('systemd not running on this host, cannot use systemd cgroups manager');
  if (v1.length > 0 || v2 === null) throw refused('only executed on a host that has cgroup v2 alone');
  if (!usesUserManager()) return { v1, v2 };
  const manager = `${v2.mountpoint}${await userManagerCgroup()}`;
  return { v1, v2: { mountpoint: manager, controllers: controllersOf(manager) } };
}

function refused(why: string): RuntimeError {
  const instead = 'leave --systemd-cgroup out, or use --cgroup-manager=cgroupfs';
  return new RuntimeError('NOT_SUPPORTED', `--systemd-cgroup: ${why}; ${instead}`, { ref: 'sd_booted(3)' });
}

function usesUserManager(): boolean {
  return !isHostRoot(callerFact());
}

/** Of the user's manager, below the root of the tree. Throws NOT_SUPPORTED when there is none to talk to. */
async function userManagerCgroup(): Promise<string> {
  const { failure, output } = await busctl(['get-property', ...target, 'ControlGroup']);
  const path = /^s "(.*)"$/m.exec(output)?.[1];
  if (failure === null && path !== undefined) return path;
  throw refused(
    `no answer from your own service manager (${failure ?? output}); log in with a session, which sets XDG_RUNTIME_DIR`,
  );
}

/** Has systemd make a scope with a process in it, and waits until it is there. Throws SYSTEM. */
export async function startScope({ unit, path, manager, properties }: ScopePlan, pid: number): Promise<void> {
  const all: UnitProperty[] = [...properties, { name: 'PIDs', signature: 'au', values: ['1', String(pid)] }];
  const end = performance.now() + deadline;
  for (;;) {
    const failure = await call('StartTransientUnit', 'ssa(sv)a(sa(sv))', [
      unit,
      'replace',
      ...listOf(all),
      '0',
    ]);
    if (failure === null) break;
    if (performance.now() > end || !(await isLeftOver(unit, `${manager}${path}`)))
      throw failed(`start ${unit}`, failure);
    await call('StopUnit', 'ss', [unit, 'replace']);
    await call('ResetFailedUnit', 's', [unit]);
  }
  const joined = waitUntil(() => unifiedPathOf(pid).endsWith(path), deadline);
  if (!joined) throw failed(`start ${unit}`, `its cgroup "${path}" did not get the process in time`);
}

/** Changes limits of a scope. Throws SYSTEM. */
export async function changeScope(unit: string, properties: readonly UnitProperty[]): Promise<void> {
  const failure = await call('SetUnitProperties', 'sba(sv)', [unit, 'true', ...listOf(properties)]);
  if (failure !== null) throw failed(`change ${unit}`, failure);
}

/** Ends a scope; one that systemd has forgotten is fine. Throws SYSTEM. */
export async function stopScope(unit: string): Promise<void> {
  const failure = await call('StopUnit', 'ss', [unit, 'replace']);
  if (failure !== null && (await isKnown(unit))) throw failed(`stop ${unit}`, failure);
}

/** Whether a unit is one that has ended, or is about to: without a process. */
async function isLeftOver(unit: string, directory: string): Promise<boolean> {
  return processesBelow([directory]).length === 0 && (await isKnown(unit));
}

async function isKnown(unit: string): Promise<boolean> {
  return (await call('GetUnit', 's', [unit])) === null;
}

function failed(what: string, why: string): RuntimeError {
  return new RuntimeError('SYSTEM', `/linux/cgroupsPath: systemd could not ${what}: ${why}`, {
    ref: '/linux/cgroupsPath',
  });
}

function listOf(properties: readonly UnitProperty[]): string[] {
  return [
    String(properties.length),
    ...properties.flatMap(({ name, signature, values }) => [name, signature, ...values]),
  ];
}

/** Service and object of the manager. */
const name = 'org.freedesktop.systemd1';
const target = [name, '/org/freedesktop/systemd1', `${name}.Manager`] as const;

/** Calls a method of systemd's manager. Null when it succeeds, else what went wrong. */
async function call(method: string, signature: string, values: readonly string[]): Promise<string | null> {
  return (await busctl(['call', '--', ...target, method, signature, ...values])).failure;
}

async function busctl(words: readonly string[]): Promise<Outcome> {
  const bus = usesUserManager() ? ['--user'] : [];
  const outcome = await runProgram('busctl', [`--timeout=${patience}`, '--quiet', ...bus, ...words]);
  const said = outcome.failure?.replace(/^Call failed: /, '') ?? null;
  return { ...outcome, failure: outcome.code === undefined ? said : `busctl: ${said}` };
}
