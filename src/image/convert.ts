// The configuration of an image to that of a bundle (image-spec, conversion.md), on top of the example that `spec` writes.

import { RuntimeError } from '../error/error.ts';
import { type Json, type JsonObject, objectOf } from '../spec/json.ts';
import type { ImageConfig } from './documents.ts';
import type { ImageUser } from './user.ts';

export type Conversion = {
  readonly config: JsonObject;
  /** What was left out. */
  readonly warnings: readonly string[];
};

/** `image`: empty for a root file system that has none. */
export function convert(
  image: Partial<ImageConfig>,
  example: JsonObject,
  { user, terminal }: { readonly user: ImageUser; readonly terminal: boolean },
): Conversion {
  const { Env = [], Entrypoint = [], Cmd = [], WorkingDir = '', Volumes = {} } = image.config ?? {};
  const process = objectOf(example.process);
  const args = [...Entrypoint, ...Cmd];
  const { annotations, warnings } = annotationsOf(image);
  const { additionalGids, ...ids } = user;
  const config = {
    ...example,
    process: {
      ...process,
      terminal,
      user: additionalGids.length === 0 ? ids : user,
      ...(args.length === 0 ? {} : { args }),
      env: environment(Env, process.env, terminal),
      cwd: workingDirectory(WorkingDir),
    },
    root: { path: 'rootfs', readonly: false },
    mounts: [...(Array.isArray(example.mounts) ? example.mounts : []), ...Object.keys(Volumes).map(volume)],
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
  return { config, warnings };
}

/** Those of the image, and those of the example that it does not set; TERM is of no use without a terminal. */
function environment(
  env: readonly string[],
  example: Json | undefined,
  terminal: boolean,
): readonly string[] {
  const wrong = env.find((entry) => !/^[^=]+=/.test(entry));
  if (wrong !== undefined)
    throw invalid('/config/Env', `${JSON.stringify(wrong)} is no variable: expected NAME=VALUE`);
  const nameOf = (entry: string) => entry.slice(0, entry.indexOf('=') + 1);
  const names = new Set(env.map(nameOf));
  const further = (Array.isArray(example) ? example : []).flatMap((entry) =>
    typeof entry !== 'string' || names.has(nameOf(entry)) || (!terminal && entry.startsWith('TERM='))
      ? []
      : [entry],
  );
  return [...further, ...env];
}

function workingDirectory(path: string): string {
  if (path === '') return '/';
  if (path.startsWith('/')) return path;
  throw invalid('/config/WorkingDir', `expected an absolute path, found ${JSON.stringify(path)}`);
}

/** A file system in memory, with what the image has there: what the program writes stays out of the root file system. */
function volume(path: string): JsonObject {
  if (!/^\/+[^/\0][^\0]*$/.test(path))
    throw invalid('/config/Volumes', `expected an absolute path below /, found ${JSON.stringify(path)}`);
  return {
    destination: path,
    type: 'tmpfs',
    source: 'tmpfs',
    options: ['nosuid', 'nodev', 'tmpcopyup'],
  };
}

function invalid(at: string, message: string): RuntimeError {
  return new RuntimeError('INVALID_CONFIG', `configuration of the image: ${at}: ${message}`, { ref: at });
}

const prefix = 'org.opencontainers.image.';

/** Labels take precedence. */
function annotationsOf(image: Partial<ImageConfig>): {
  readonly annotations: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
} {
  const { Labels = {}, StopSignal, ExposedPorts = {} } = image.config ?? {};
  const ports = Object.keys(ExposedPorts).toSorted();
  const implied: Readonly<Record<string, string | undefined>> = {
    os: image.os,
    architecture: image.architecture,
    variant: image.variant,
    'os.version': image['os.version'],
    'os.features': image['os.features']?.join(','),
    author: image.author,
    created: image.created,
    stopSignal: StopSignal,
    exposedPorts: ports.length === 0 ? undefined : ports.join(','),
  };
  const annotations: Record<string, string> = {};
  for (const [name, value] of Object.entries(implied))
    if (value !== undefined && value !== '') annotations[`${prefix}${name}`] = value;
  const warnings: string[] = [];
  for (const [name, value] of Object.entries(Labels)) {
    if (name === '') warnings.push('a label of the image without a name is left out');
    else if (steers(name))
      warnings.push(`label ${JSON.stringify(name)} of the image is left out: it would steer the runtime`);
    else annotations[name] = value;
  }
  return { annotations, warnings };
}

/** Names that slipway, runc or crun act on: whoever builds an image must not choose what they do. */
function steers(name: string): boolean {
  return /^(run\.oci\.|org\.criu\.|org\.systemd\.property\.|io\.podman\.annotations\.)/.test(name);
}
