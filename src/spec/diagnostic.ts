// What checking a document finds: a property, by its JSON pointer, and what is wrong with it.

import { formatJson, type Json } from './json.ts';

export type Diagnostic = {
  /** JSON pointer (RFC 6901), e.g. /process/rlimits/0/type. */
  readonly pointer: string;
  readonly message: string;
  /** Section of the runtime specification. */
  readonly ref: string;
};

/** What is wrong, and where. */
export type Problem = Pick<Diagnostic, 'pointer' | 'message'>;

export function formatProblem({ pointer, message }: Problem): string {
  return `${pointer === '' ? '/' : pointer}: ${message}`;
}

export function formatDiagnostic(diagnostic: Diagnostic): string {
  return `${formatProblem(diagnostic)} (${diagnostic.ref})`;
}

/** An issue of zod, whose message says what is expected, with what the document has there. */
export function problemOf(
  document: Json,
  { path, message }: { readonly path: readonly PropertyKey[]; readonly message: string },
): Problem {
  const found = memberAt(document, path);
  return {
    pointer: pointer(path),
    message: found === undefined ? `missing: ${message}` : `${message}, found ${shown(found)}`,
  };
}

/** Joins the parts of a JSON pointer. */
export function pointer(parts: readonly PropertyKey[]): string {
  return parts.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** The member at a path of a document; undefined when there is none. */
export function memberAt(document: Json, path: readonly PropertyKey[]): Json | undefined {
  let member: unknown = document;
  for (const part of path) {
    if (typeof member !== 'object' || member === null) return undefined;
    member = Reflect.get(member, part);
  }
  return member as Json | undefined;
}

/** A value in a message: JSON, cut when long. */
export function shown(value: Json): string {
  const text = formatJson(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** Section that defines a property of config.json. */
export function sectionOf(at: string): string {
  const [, first = '', second = ''] = at.split('/');
  if (first === 'linux') return `config-linux.md#${linuxSections[second] ?? 'linux-container-configuration'}`;
  return `config.md#${sections[first] ?? 'configuration-schema-example'}`;
}

const sections: Readonly<Record<string, string>> = {
  ociVersion: 'specification-version',
  root: 'root',
  mounts: 'mounts',
  process: 'process',
  hostname: 'hostname',
  domainname: 'domainname',
  hooks: 'posix-platform-hooks',
  annotations: 'annotations',
};

const linuxSections: Readonly<Record<string, string>> = {
  namespaces: 'namespaces',
  uidMappings: 'user-namespace-mappings',
  gidMappings: 'user-namespace-mappings',
  timeOffsets: 'offset-for-time-namespace',
  devices: 'devices',
  netDevices: 'network-devices',
  cgroupsPath: 'cgroups-path',
  resources: 'control-groups',
  intelRdt: 'intelrdt',
  memoryPolicy: 'memory-policy',
  sysctl: 'sysctl',
  seccomp: 'seccomp',
  rootfsPropagation: 'rootfs-mount-propagation',
  maskedPaths: 'masked-paths',
  readonlyPaths: 'readonly-paths',
  mountLabel: 'mount-label',
  personality: 'personality',
};
