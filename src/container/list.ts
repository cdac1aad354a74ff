// list: every container below --root; state: one of them (runtime.md#query-state).

import { RuntimeError } from '../error/error.ts';
import { exists } from '../host/files.ts';
import { userName } from '../host/users.ts';
import { containerPaths, listFolders, load } from '../store/store.ts';
import type { Environment } from './environment.ts';
import { loadContainer } from './load.ts';
import { formatState, type StateDocument, stateDocument } from './state-document.ts';
import { statusOf } from './status.ts';

/** The state of one container, as text. Throws NOT_FOUND. */
export async function state(env: Environment, request: { readonly id: string }): Promise<string> {
  const { state: saved, status } = loadContainer(env, request);
  return formatState(saved, status);
}

/** The id that was given, or all that a regular expression matches. Throws USAGE for one that is none. */
export function eachId(env: Environment, given: string, regex: boolean): readonly string[] {
  if (!regex) return [given];
  try {
    const pattern = new RegExp(given);
    return listFolders(env.root).ids.filter((id) => pattern.test(id));
  } catch (cause) {
    throw new RuntimeError('USAGE', `--regex: ${cause instanceof Error ? cause.message : given}`, { cause });
  }
}

/** Sorted by id. A folder that is just being made or was left by a dead `create` is skipped. */
export async function list(env: Environment): Promise<readonly StateDocument[]> {
  if (env.rootGiven && !exists(env.root)) {
    throw new RuntimeError('NOT_FOUND', `open ${env.root}: no such file or directory (ENOENT)`, {
      ref: env.root,
    });
  }
  const found: StateDocument[] = [];
  const { ids, others } = listFolders(env.root);
  for (const name of others)
    await env.log('warning', `${JSON.stringify(name)} in ${env.root} is the name of no container: left out`);
  for (const id of ids) {
    const paths = containerPaths(env.root, id);
    try {
      const saved = load(paths, id);
      found.push(stateDocument(saved, statusOf(saved, paths), userName(saved.owner)));
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error;
      if (error.code !== 'NOT_FOUND') await env.log('warning', error.message);
    }
  }
  return found;
}
