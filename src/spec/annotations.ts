// Annotations of config.json that change what slipway does. crun has invented most, and engines use them.

import type { Config } from './config.ts';

export const annotationNames = {
  /** "1": the program keeps the groups of the caller, as `podman run --group-add keep-groups` asks for. */
  keepOriginalGroups: 'run.oci.keep_original_groups',
  /** Which mount option carries /linux/mountLabel: `context` if not given, fscontext, defcontext or rootcontext. */
  mountContextType: 'run.oci.mount_context_type',
  /** Files on the host that what hooks print is added to. */
  hooksStdout: 'run.oci.hooks.stdout',
  hooksStderr: 'run.oci.hooks.stderr',
  /** Configuration file for CRIU, at checkpoint and restore. */
  criuConfig: 'org.criu.config',
  /** The agent of a seccomp filter, for a profile that names none in listenerPath. */
  seccompReceiver: 'run.oci.seccomp.receiver',
  /** "1": a syscall of a seccomp profile that libseccomp does not know is an error. */
  failUnknownSyscall: 'run.oci.seccomp_fail_unknown_syscall',
} as const;

/** Text of one; empty when it is not given. */
export function annotation(
  { annotations }: Pick<Config, 'annotations'>,
  name: keyof typeof annotationNames,
): string {
  return annotations?.[annotationNames[name]] ?? '';
}
