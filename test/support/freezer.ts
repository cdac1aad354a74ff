// The freezer of a container's cgroup, without pause and resume.

import { readFileSync, writeFileSync } from 'node:fs';
import { hostFacts } from '../../src/host/facts.ts';
import { cgroupDirectory } from './sandbox.ts';
import { until } from './until.ts';

/** Freezes or thaws, and waits until the kernel has done so. */
export async function setFrozen(cgroupsPath: string, frozen: boolean): Promise<void> {
  const v1 = hostFacts().cgroup.v1.length > 0;
  const [file, on, off] = v1 ? ['freezer.state', 'FROZEN', 'THAWED'] : ['cgroup.freeze', '1', '0'];
  const path = `${cgroupDirectory('freezer', cgroupsPath)}/${file}`;
  const wanted = frozen ? on : off;
  writeFileSync(path, wanted);
  await until(() => readFileSync(path, 'utf8').trim() === wanted);
}
