// Documents that an option of the command line names.

import { type Json, parseJson } from '../spec/json.ts';
import { attempt } from './attempt.ts';
import { readText } from './files.ts';

/** Throws SYSTEM for a file that cannot be read, INVALID_CONFIG for one that is not JSON. */
export function readJsonOption(option: string, path: string): Promise<Json> {
  return parseJson(
    attempt(path, `${option}: open ${path}`, () => readText(path)),
    path,
  );
}
