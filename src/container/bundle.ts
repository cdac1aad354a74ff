// Reads a bundle: config.json to a checked config and its plan. Touches nothing.

import { RuntimeError } from '../error/error.ts';
import { hostFacts } from '../host/facts.ts';
import { isDirectory, isMissing, readTextIfThere, realPath } from '../host/files.ts';
import { makePlan } from '../plan/make-plan.ts';
import type { Plan, PlanOptions } from '../plan/plan.ts';
import type { Config } from '../spec/config.ts';
import { type Diagnostic, formatDiagnostic } from '../spec/diagnostic.ts';
import type { HostFacts } from '../spec/host-facts.ts';
import { parseConfig } from '../spec/parse.ts';
import { validate } from '../validate/validate.ts';

export type CheckedBundle = {
  /** Null when there are problems. */
  readonly config: Config | null;
  readonly problems: readonly Diagnostic[];
  readonly warnings: readonly Diagnostic[];
};

/** Reads and checks a bundle's config.json. Throws INVALID_CONFIG when there is none or it is not JSON. */
export async function checkBundle(bundle: string, facts: HostFacts): Promise<CheckedBundle> {
  const parsed = await parseConfig(readConfig(bundle));
  if (!parsed.ok) return { config: null, problems: parsed.problems, warnings: parsed.warnings };
  const { problems, warnings } = validate(parsed.config, facts);
  return {
    config: problems.length === 0 ? parsed.config : null,
    problems,
    warnings: [...parsed.warnings, ...warnings],
  };
}

export type PlannedBundle = {
  readonly config: Config;
  readonly plan: Plan;
  readonly warnings: readonly Diagnostic[];
};

/** Like checkBundle, then plans. Throws INVALID_CONFIG with every problem on one line. */
export async function planBundle(options: PlanOptions): Promise<PlannedBundle> {
  const facts = hostFacts();
  const { config, problems, warnings } = await checkBundle(options.bundle, facts);
  if (config === null) {
    throw new RuntimeError('INVALID_CONFIG', problems.map(formatDiagnostic).join('; '), {
      ref: problems[0]?.pointer,
    });
  }
  return { config, plan: makePlan(config, options, facts), warnings };
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

function readConfig(bundle: string): string {
  const text = readTextIfThere(`${bundle}/config.json`);
  if (text !== null) return text;
  throw new RuntimeError('INVALID_CONFIG', `JSON specification file ${bundle}/config.json not found`, {
    ref: bundle,
  });
}
