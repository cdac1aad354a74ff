// Profiles of AppArmor that permit what tests do.

import { spawnSync } from 'node:child_process';
import { expect } from 'vitest';

/** Loads a profile (-r) or removes it (-R). */
export function changeProfile(option: '-r' | '-R', name: string): void {
  const rules = 'file, capability, network, mount, signal, ptrace, unix, pivot_root,';
  const input = `profile ${name} flags=(attach_disconnected) { ${rules} }\n`;
  expect(spawnSync('apparmor_parser', [option], { input }).status).toBe(0);
}
