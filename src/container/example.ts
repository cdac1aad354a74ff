// The config.json to begin with, for this host and caller (`spec`, `bundle`).

import { hostFacts } from '../host/facts.ts';
import { exampleConfig, rootlessExample } from '../spec/example.ts';

export function exampleHere(rootless: boolean): object {
  const { caller, cgroup } = hostFacts();
  const unified = cgroup.v1.length === 0 && cgroup.v2 !== null;
  return rootless ? rootlessExample(unified, caller.uid, caller.gid) : exampleConfig(unified);
}
