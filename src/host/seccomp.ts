// Runs slipway-seccomp, the compiler of seccomp profiles.

import { statSync } from 'node:fs';
import { RuntimeError } from '../error/error.ts';
import type { Compiled } from '../seccomp/filter.ts';
import { shipped } from './launch.ts';
import type { ProcessIdentity } from './process.ts';

/** What it says about a profile. Throws NOT_SUPPORTED with the reason when that cannot be compiled here. */
export async function runSeccompCompiler(profile: string): Promise<string> {
  const { spawnSync } = await import('node:child_process');
  const { status, stdout, stderr } = spawnSync(shipped('slipway-seccomp'), {
    input: profile,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  if (status === 0) return stdout;
  const said = stderr.trim().replaceAll('\n', '; ');
  const where = said.startsWith('/') ? '' : '/linux/seccomp: ';
  throw new RuntimeError('NOT_SUPPORTED', `${where}${said}`, { ref: '/linux/seccomp' });
}

/** Sends the listener of a process, an fd there, to an agent with a ContainerProcessState. Throws SYSTEM when the agent does not take it. */
export async function sendListener(
  agent: string,
  { pid, startTime }: ProcessIdentity,
  fd: number,
  state: object,
): Promise<void> {
  const { spawnSync } = await import('node:child_process');
  const { status, stderr } = spawnSync(
    shipped('slipway-init'),
    ['listener', agent, String(pid), startTime, String(fd)],
    { input: JSON.stringify(state), encoding: 'utf8' },
  );
  if (status === 0) return;
  const from = '/linux/seccomp/listenerPath';
  throw new RuntimeError('SYSTEM', `${from}: send the listener to "${agent}": ${stderr.trim()}`, {
    ref: from,
  });
}

/** Whether libseccomp is still the one that compiled. */
export function isSameLibrary({ path, identity }: Compiled['libseccomp']): boolean {
  const file = statSync(path, { throwIfNoEntry: false });
  return file !== undefined && identity === `${file.ino} ${file.size} ${Math.floor(file.mtimeMs / 1000)}`;
}
