// The sample configuration files of scripts/engine-config, as a machine gets them.

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runtimePath } from '../support/runtime.ts';
import type { Machine } from './machine.ts';

const samples = fileURLToPath(new URL('../../scripts/engine-config', import.meta.url));

/** Writes a sample with the runtime under test in the place of slipway, and lines around it. Returns its path. */
export function useSample(machine: Machine, name: string, after = '', before = ''): string {
  const text = readFileSync(`${samples}/${name}`, 'utf8').replaceAll('/usr/local/bin/slipway', runtimePath);
  writeFileSync(`${machine.folder}/${name}`, before + text + after);
  return `${machine.folder}/${name}`;
}
