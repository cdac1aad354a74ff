// Annotations of config.json that change what slipway does. crun has invented most, and engines use them.

/** What has annotations: a config, or the state of a container. */
export type Annotated = {
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** Names of those that the caller of slipway asks for itself (--trust-annotation). */
  readonly trustedAnnotations?: readonly string[] | undefined;
};

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

type Name = keyof typeof annotationNames;

/**
 * These reach files and processes of the host, and engines copy the annotations of an image to config.json: whoever builds an
 * image must not choose them, so they count only when the caller of slipway asks for them by name.
 */
const reachHost: readonly Name[] = [
  'keepOriginalGroups',
  'hooksStdout',
  'hooksStderr',
  'criuConfig',
  'seccompReceiver',
];

/** Names that --trust-annotation takes. */
export const trustable: readonly string[] = reachHost.map((name) => annotationNames[name]);

/** Text of one; empty when it is not given, or not trusted. */
export function annotation({ annotations, trustedAnnotations = [] }: Annotated, name: Name): string {
  const key = annotationNames[name];
  if (reachHost.includes(name) && !trustedAnnotations.includes(key)) return '';
  return annotations?.[key] ?? '';
}

/** Those that would reach the host, and are not trusted. */
export function untrusted({ annotations = {}, trustedAnnotations = [] }: Annotated): string[] {
  return trustable.filter((key) => (annotations[key] ?? '') !== '' && !trustedAnnotations.includes(key));
}
