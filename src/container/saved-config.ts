// The config of a container as it was at `create`: later edits of the bundle's change nothing (runtime.md#create).

import { RuntimeError } from '../error/error.ts';
import { readText } from '../host/files.ts';
import { isObject, type JsonObject, parseJson } from '../spec/json.ts';
import type { ContainerPaths } from '../store/store.ts';

/** Throws DAMAGED_STATE when it is no object. */
export async function readConfigOf({ config }: ContainerPaths): Promise<JsonObject> {
  const document = await parseJson(readText(config), config);
  if (isObject(document)) return document;
  throw new RuntimeError('DAMAGED_STATE', `cannot use ${config}: it is damaged`, { ref: config });
}
