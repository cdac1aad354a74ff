// The process of an `exec`: from a file, or that of the container with another command and with what the options change.

import { RuntimeError } from '../error/error.ts';
import { readJsonOption } from '../host/option-file.ts';
import { isObject, type Json, type JsonObject, objectOf } from '../spec/json.ts';

export type ProcessRequest = {
  /** A file with a process (config.md#process); then nothing else counts but `terminal`. */
  readonly file: string | null;
  readonly args: readonly string[];
  readonly terminal: boolean;
  readonly cwd: string | null;
  /** Added to those of the container. */
  readonly env: readonly string[];
  readonly user: { readonly uid: number; readonly gid: number | null } | null;
  readonly additionalGids: readonly number[];
  /** Added to bounding, effective and permitted set. */
  readonly capabilities: readonly string[];
  readonly noNewPrivileges: boolean | null;
  readonly apparmorProfile: string | null;
  readonly selinuxLabel: string | null;
};

/** The container's config with that process. Throws SYSTEM for a file that cannot be read, and USAGE without a command. */
export async function processDocument(config: JsonObject, request: ProcessRequest): Promise<JsonObject> {
  if (request.file !== null) return { ...config, process: await readJsonOption('--process', request.file) };
  if (request.args.length === 0) throw new RuntimeError('USAGE', 'process args cannot be empty');
  const own = isObject(config.process) ? config.process : { cwd: '/' };
  return { ...config, process: changed(own, request) };
}

function changed(process: JsonObject, request: ProcessRequest): JsonObject {
  const { cwd, user, capabilities, noNewPrivileges, apparmorProfile, selinuxLabel } = request;
  return {
    ...process,
    args: request.args,
    terminal: request.terminal,
    env: [...listOf(process.env), ...request.env],
    user: changedUser(objectOf(process.user), user, request.additionalGids),
    ...(cwd === null ? {} : { cwd }),
    ...(capabilities.length === 0
      ? {}
      : { capabilities: withCapabilities(objectOf(process.capabilities), capabilities) }),
    ...(noNewPrivileges === null ? {} : { noNewPrivileges }),
    ...(apparmorProfile === null ? {} : { apparmorProfile }),
    ...(selinuxLabel === null ? {} : { selinuxLabel }),
  };
}

function changedUser(
  own: JsonObject,
  user: ProcessRequest['user'],
  additionalGids: readonly number[],
): JsonObject {
  return {
    ...own,
    ...(user === null ? {} : { uid: user.uid }),
    ...(user === null || user.gid === null ? {} : { gid: user.gid }),
    additionalGids: [...listOf(own.additionalGids), ...additionalGids],
  };
}

/** As runc: an ambient capability would have to be inheritable. Those of the container stay. */
function withCapabilities(sets: JsonObject, added: readonly string[]): JsonObject {
  const extended = ['bounding', 'effective', 'permitted'].map((name) => [
    name,
    [...listOf(sets[name]), ...added],
  ]);
  return { ...sets, ...Object.fromEntries(extended) };
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}
