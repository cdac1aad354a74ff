import { exampleHere } from '../container/example.ts';
import { RuntimeError } from '../error/error.ts';
import { writeAtomically } from '../host/file-changes.ts';
import { exists } from '../host/files.ts';
import type { Handler } from './table.ts';

export const handler: Handler = async ({ options }) => {
  const path = `${options.text('bundle') ?? '.'}/config.json`;
  if (exists(path)) throw new RuntimeError('EXISTS', `file ${path} exists: remove it first`, { ref: path });
  writeAtomically(path, JSON.stringify(exampleHere(options.flag('rootless')), null, '\t'), 0o666);
  return 0;
};
