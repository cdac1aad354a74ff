// Runs slipway-seccomp, the compiler of seccomp profiles.

import { statSync } from 'node:fs';
import { RuntimeError } from '../error/error.ts';
import type { Compiled } from '../seccomp/filter.ts';
import { runShipped } from './launch.ts';
import type { ProcessIdentity } from './process.ts';

/** What it says about a profile. Throws NOT_SUPPORTED with the reason when that cannot be compiled here. */
export async function runSeccompCompiler(profile: string): Promise<string> {
  const { status, stdout, complaint } = await runShipped('slipway-seccomp', [], profile);
  if (status === 0) return stdout;
  const where = complaint.startsWith('/') ? '' : '/linux/seccomp: ';
  throw new RuntimeError('NOT_SUPPORTED', `${where}${complaint}`, { ref: '/linux/seccomp' });
}

/** Sends the listener of a process, an fd there, to an agent with a ContainerProcessState. Throws SYSTEM when the agent does not take it. */
export async function sendListener(
  agent: { readonly path: string; readonly from: string },
  { pid, startTime }: ProcessIdentity,
  fd: number,
  state: object,
): Promise<void> {
  const args = ['listener', agent.path, String(pid), startTime, String(fd)];
  const { status, complaint } = await runShipped('slipway-init', args, JSON.stringify(state));
  if (status === 0) return;
  throw new RuntimeError('SYSTEM', `${agent.from}: send the listener to "${agent.path}": ${complaint}`, {
    ref: agent.from,
  });
}

/** Whether libseccomp is still the one that compiled. */
export function isSameLibrary({ path, identity }: Compiled['libseccomp']): boolean {
  const file = statSync(path, { throwIfNoEntry: false });
  return file !== undefined && identity === `${file.ino} ${file.size} ${Math.floor(file.mtimeMs / 1000)}`;
}
