// The seccomp filter of a container: compiled from its profile, or kept since another container had the same one.

import { RuntimeError } from '../error/error.ts';
import { isSameLibrary, runSeccompCompiler } from '../host/seccomp.ts';
import { type Compiled, filterFor, parseCompiled } from '../seccomp/filter.ts';
import { emptyProfile, impossibleNames, profileText } from '../seccomp/profile.ts';
import { annotation } from '../spec/annotations.ts';
import type { Config } from '../spec/config.ts';
import { formatJson } from '../spec/json.ts';
import { keepFilter, keptFilter } from '../store/seccomp-cache.ts';
import type { Environment } from './environment.ts';

export type Filter = {
  readonly bytes: Uint8Array | null;
  /** What is left out of it, a line each. */
  readonly warnings: readonly string[];
  /** Keeps it for other containers. */
  readonly keep: () => void;
};

/** Throws NOT_SUPPORTED for a profile that cannot be compiled here. */
export async function filterOf(env: Environment, config: Config): Promise<Filter> {
  const seccomp = config.linux?.seccomp;
  if (seccomp === undefined) return { bytes: null, warnings: [], keep: () => undefined };
  const profile = formatJson(seccomp);
  const kept = usable(keptFilter(env.root, profile));
  const text = kept === null ? await runSeccompCompiler(profileText(seccomp)) : null;
  const compiled = kept ?? parseCompiled(text ?? '');
  if (compiled === null) throw new RuntimeError('SYSTEM', 'slipway-seccomp ended without a filter');
  const bytes = filterFor(seccomp, compiled);
  if (bytes === null)
    throw new RuntimeError(
      'NOT_SUPPORTED',
      '/linux/seccomp: the compiled filter has more than 4096 instructions, which no kernel takes; use fewer or simpler rules',
      { ref: '/linux/seccomp' },
    );
  const unknown = [...impossibleNames(seccomp), ...compiled.unknown];
  if (unknown.length > 0 && annotation(config, 'failUnknownSyscall') === '1')
    throw new RuntimeError('NOT_SUPPORTED', unknownText(compiled, unknown), {
      ref: '/linux/seccomp/syscalls',
    });
  return {
    bytes,
    warnings: [
      ...(unknown.length === 0 ? [] : [`${unknownText(compiled, unknown)}; skipped`]),
      ...(compiled.foreign.length === 0
        ? []
        : [`/linux/seccomp/architectures: none of this machine: ${compiled.foreign.join(', ')}; skipped`]),
    ],
    keep: () => (text === null ? undefined : keepFilter(env.root, profile, text)),
  };
}

/** What the compiler says of this machine; null where none can be run. */
export async function seccompHere(): Promise<Compiled | null> {
  try {
    return parseCompiled(await runSeccompCompiler(emptyProfile));
  } catch (error) {
    if (error instanceof RuntimeError && error.code === 'NOT_SUPPORTED') return null;
    throw error;
  }
}

function usable(text: string | null): Compiled | null {
  const compiled = text === null ? null : parseCompiled(text);
  return compiled !== null && isSameLibrary(compiled.libseccomp) ? compiled : null;
}

function unknownText({ libseccomp }: Compiled, names: readonly string[]): string {
  return `/linux/seccomp/syscalls: libseccomp ${libseccomp.version} does not know ${names.join(', ')}`;
}
