// Seccomp profiles as engines make them.

import { readFileSync } from 'node:fs';
import type { AnyConfig } from './sandbox.ts';

/** Podman's default profile (golang-github-containers-common). */
export const engineProfilePath = '/usr/share/containers/seccomp.json';

/** What an engine makes of a profile for an x86-64 container with the capabilities of the example config. */
export function engineProfile(path = engineProfilePath): AnyConfig {
  const { defaultAction, defaultErrnoRet, archMap, syscalls } = JSON.parse(readFileSync(path, 'utf8'));
  const native = archMap.find(({ architecture }: AnyConfig) => architecture === 'SCMP_ARCH_X86_64');
  return {
    defaultAction,
    defaultErrnoRet,
    architectures: [native.architecture, ...native.subArchitectures],
    syscalls: syscalls.filter(applies).map(({ names, action, args, errnoRet }: AnyConfig) => ({
      names,
      action,
      ...(args?.length > 0 ? { args } : {}),
      ...(errnoRet === undefined ? {} : { errnoRet }),
    })),
  };
}

/** The example config grants none of the capabilities that profiles ask about. */
function applies({ includes = {}, excludes = {} }: AnyConfig): boolean {
  const asksFor = ({ caps = [], arches = ['amd64'] }: AnyConfig) =>
    caps.length === 0 && arches.includes('amd64');
  const excluded = (excludes.arches ?? []).includes('amd64');
  return asksFor(includes) && !excluded;
}
