// Cgroup v1 hierarchies that a test mounts where the host has none.

import { spawnSync } from 'node:child_process';
import { mkdirSync, rmdirSync } from 'node:fs';

/** Mounts one with these controllers below /sys/fs/cgroup. Returns what undoes it. */
export function mountHierarchy(controllers: string): () => void {
  const directory = `/sys/fs/cgroup/${controllers}`;
  mkdirSync(directory, { recursive: true });
  run('mount', '-t', 'cgroup', '-o', controllers, controllers, directory);
  return () => {
    run('umount', directory);
    rmdirSync(directory);
  };
}

function run(command: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
}
