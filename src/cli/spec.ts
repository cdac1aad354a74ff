import { RuntimeError } from '../error/error.ts';
import { hostFacts } from '../host/facts.ts';
import { exists, writeAtomically } from '../host/files.ts';
import { effectiveGid, effectiveUid } from '../host/users.ts';
import { exampleConfig, rootlessExample } from '../spec/example.ts';
import type { Handler } from './table.ts';

export const handler: Handler = async ({ options }) => {
  const path = `${options.text('bundle') ?? '.'}/config.json`;
  if (exists(path)) throw new RuntimeError('EXISTS', `file ${path} exists: remove it first`, { ref: path });
  const { v1, v2 } = hostFacts().cgroup;
  const unified = v1.length === 0 && v2 !== null;
  const config = options.flag('rootless')
    ? rootlessExample(unified, effectiveUid(), effectiveGid())
    : exampleConfig(unified);
  writeAtomically(path, JSON.stringify(config, null, '\t'), 0o666);
  return 0;
};
