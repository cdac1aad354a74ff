// Reads a bundle: config.json to a checked config and its plan. Touches nothing, and logs what validation warns of.

import { type DefaultSlice, type Scope, scopeOf, scopeProblems } from '../cgroup/systemd/scope.ts';
import { RuntimeError } from '../error/error.ts';
import { hostFacts, permittedCgroups } from '../host/facts.ts';
import { isDirectory, isMissing, readTextIfThere, realPath } from '../host/files.ts';
import { mapsOfNamespace } from '../host/id-maps.ts';
import { systemdCgroups } from '../host/systemd.ts';
import { effectiveUid } from '../host/users.ts';
import { namespaceOf } from '../namespace/asked.ts';
import { type Inherited, nothingInherited, withInherited } from '../plan/inherited.ts';
import type { Plan, PlanOptions } from '../plan/plan.ts';
import { type Annotated, untrusted } from '../spec/annotations.ts';
import type { Config } from '../spec/config.ts';
import { type Diagnostic, formatDiagnostic, pointer } from '../spec/diagnostic.ts';
import { type CgroupFacts, type HostFacts, isHostRoot } from '../spec/host-facts.ts';
import type { Json } from '../spec/json.ts';
import { withNormalForm } from '../spec/normal-form.ts';
import { checkConfig, parseConfig } from '../spec/parse.ts';
import type { ParsedConfig } from '../spec/parsed-config.ts';
import { relativeDestinations } from '../validate/mounts.ts';
import { validate } from '../validate/validate.ts';
import type { Environment } from './environment.ts';
import { type Filter, filterOf } from './seccomp.ts';

export type CheckedBundle = {
  /** Null when there are problems. */
  readonly config: Config | null;
  readonly problems: readonly Diagnostic[];
  readonly warnings: readonly Diagnostic[];
};

function checked(
  parsed: ParsedConfig,
  { trustedAnnotations = [] }: Annotated,
  facts: HostFacts,
): CheckedBundle {
  if (!parsed.ok) return { config: null, problems: parsed.problems, warnings: parsed.warnings };
  const config = withNormalForm({ ...parsed.config, trustedAnnotations });
  const { problems, warnings } = validate(config, facts);
  return {
    config: problems.length === 0 ? config : null,
    problems,
    warnings: [...parsed.warnings, ...relativeDestinations(parsed.config), ...warnings],
  };
}

/** For a document that nobody has seen before: it warns of annotations that have no effect. */
function withUntrusted(bundle: CheckedBundle): CheckedBundle {
  const ignored = bundle.config === null ? [] : untrusted(bundle.config);
  const warnings = ignored.map((name) => ({
    pointer: pointer(['annotations', name]),
    message: `has no effect, because an image may have brought it; the option --trust-annotation ${name} asks for it`,
    ref: 'config.md#annotations',
  }));
  return { ...bundle, warnings: [...bundle.warnings, ...warnings] };
}

export type PlannedBundle<P extends Plan = Plan> = {
  readonly config: Config;
  /** The text of config.json. */
  readonly text: string;
  readonly plan: P;
  readonly filter: Filter;
};

export type BundleOptions = {
  readonly inherited?: Inherited;
  /** In place of config.json in the bundle. */
  readonly configFile?: string | null;
};

/** Reads, checks and plans. Throws INVALID_CONFIG with every problem on one line. */
export async function planBundle<P extends Plan>(
  env: Environment,
  options: Omit<PlanOptions, 'scope' | 'filter'>,
  make: (config: Config, options: PlanOptions, facts: HostFacts) => P,
  { inherited = nothingInherited, configFile = null }: BundleOptions = {},
): Promise<PlannedBundle<P>> {
  const { text, facts, scope, checked } = await checkBundle(env, { ...options, configFile });
  const config = await validConfig(env, checked);
  const filter = await filterOf(env, config);
  for (const warning of filter.warnings) await env.log('warning', warning);
  const plan = make(withInherited(config, inherited), { ...options, scope, filter: filter.bytes }, facts);
  return { config, text, plan, filter };
}

type BundleCheck = {
  /** The text of config.json. */
  readonly text: string;
  readonly facts: HostFacts;
  readonly scope: Scope | null;
  readonly checked: CheckedBundle;
};

/** Reads a config.json and checks it for this host and its manager of cgroups. Throws INVALID_CONFIG when there is none or it is not JSON. */
export async function checkBundle(
  env: Environment,
  {
    id,
    bundle: path,
    configFile,
  }: { readonly id: string; readonly bundle: string; readonly configFile: string | null },
): Promise<BundleCheck> {
  const host = hostFacts();
  const systemd = env.cgroupManager === 'systemd';
  const text = readConfig(configFile ?? `${path}/config.json`);
  const parsed = withJoinedMaps(await parseConfig(text));
  const facts = { ...host, cgroup: await usableCgroups(env, host, parsed) };
  const bundle = withUntrusted(checked(parsed, env, facts));
  const scope = systemd ? scopeOf(id, defaultSlice(host), bundle.config?.linux?.cgroupsPath) : null;
  return { text, facts, scope, checked: systemd ? checkedScope(bundle, scope) : withoutScope(bundle) };
}

/** A user namespace that is joined has the maps that it has, for the owners of devices and for id-mapped mounts. */
function withJoinedMaps(parsed: ParsedConfig): ParsedConfig {
  if (!parsed.ok) return parsed;
  const { linux = {} } = parsed.config;
  const { path = '' } = namespaceOf(parsed.config, 'user') ?? {};
  const given = (linux.uidMappings ?? []).length + (linux.gidMappings ?? []).length > 0;
  const maps = path === '' || given ? null : mapsOfNamespace(path);
  return maps === null
    ? parsed
    : {
        ...parsed,
        config: {
          ...parsed.config,
          linux: { ...linux, uidMappings: [...maps.uidMappings], gidMappings: [...maps.gidMappings] },
        },
      };
}

function defaultSlice({ caller }: HostFacts): DefaultSlice {
  return isHostRoot(caller) ? 'system.slice' : 'user.slice';
}

/** runc makes a cgroup of that name too. */
function withoutScope(bundle: CheckedBundle): CheckedBundle {
  const path = bundle.config?.linux?.cgroupsPath ?? '';
  if (!/^[^/:]*:[^/:]*:[^/:]+$/.test(path)) return bundle;
  const warning = {
    pointer: '/linux/cgroupsPath',
    message: `"${path}" has the form that --systemd-cgroup takes, and is a cgroup of that very name without it`,
    ref: 'config-linux.md#cgroups-path',
  };
  return { ...bundle, warnings: [...bundle.warnings, warning] };
}

function checkedScope(bundle: CheckedBundle, scope: Scope | null): CheckedBundle {
  const problems = bundle.config === null ? [] : scopeProblems(scope, bundle.config);
  return problems.length === 0 ? bundle : { ...bundle, config: null, problems };
}

/**
 * Checks the changed document of a container that exists, and trusts what it was created with. What `before` warns of has been
 * said at `create`. Throws INVALID_CONFIG with every problem on one line.
 */
export async function checkConfigOf(
  env: Environment,
  { document, before }: { readonly document: Json; readonly before: Json },
  trust: Annotated,
  facts: HostFacts,
): Promise<Config> {
  const check = async (json: Json) => checked(await checkConfig(json), trust, facts);
  const bundle = await check(document);
  if (bundle.warnings.length === 0) return validConfig(env, bundle);
  const said = (await check(before)).warnings.map(formatDiagnostic);
  const warnings = bundle.warnings.filter((warning) => !said.includes(formatDiagnostic(warning)));
  return validConfig(env, { ...bundle, warnings });
}

async function validConfig(env: Environment, { config, problems, warnings }: CheckedBundle): Promise<Config> {
  for (const warning of config === null ? [] : warnings) await env.log('warning', formatDiagnostic(warning));
  if (config !== null) return config;
  throw new RuntimeError('INVALID_CONFIG', problems.map(formatDiagnostic).join('; '), {
    ref: problems[0]?.pointer,
  });
}

/** CRIU restores as root alone. */
export function demandRoot(): void {
  if (effectiveUid() === 0) return;
  throw new RuntimeError(
    'NOT_SUPPORTED',
    'without root no container can be restored: CRIU needs it; run slipway as root',
  );
}

/** The absolute path of a bundle. Throws INVALID_CONFIG when it does not exist. */
export function bundlePath(path: string): string {
  try {
    return realPath(path);
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
    throw new RuntimeError('INVALID_CONFIG', `bundle "${path}": no such file or directory (ENOENT)`, {
      ref: path,
      cause,
    });
  }
}

/** Throws when the root file system is not a directory (config.md#root). */
export function demandRootfs(rootfs: string): void {
  if (isDirectory(rootfs)) return;
  const message = `/root/path: rootfs "${rootfs}" does not exist or is no directory: no such file or directory (ENOENT)`;
  throw new RuntimeError('INVALID_CONFIG', message, { ref: '/root/path' });
}

function readConfig(path: string): string {
  const text = readTextIfThere(path);
  if (text !== null) return text;
  throw new RuntimeError('INVALID_CONFIG', `JSON specification file ${path} not found`, { ref: path });
}

/** A cgroup that config.json names must be made; without a name it is the runtime's choice whether and where. */
async function usableCgroups(
  env: Environment,
  { cgroup, caller }: HostFacts,
  parsed: ParsedConfig,
): Promise<CgroupFacts> {
  if (env.cgroupManager === 'disabled') return { v1: [], v2: null };
  if (env.cgroupManager === 'systemd') return systemdCgroups(cgroup);
  const ignores = env.rootless === 'auto' ? !isHostRoot(caller) : env.rootless === 'true';
  const named = parsed.ok && (parsed.config.linux?.cgroupsPath ?? '') !== '';
  return named || !ignores ? cgroup : permittedCgroups(cgroup);
}
