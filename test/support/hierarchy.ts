// Cgroup v1 hierarchies that a test mounts where the host has none.

import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { basename } from 'node:path';
import { waitUntil } from '../../src/host/process.ts';

/** Source of each mount, which tells them from the host's own. */
const source = 'slipway-test-hierarchy';

/** Whether there is one with these controllers, of the host or of the tests. */
export function isMounted(controllers: string): boolean {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8');
  return new RegExp(` - cgroup .*[, ]${controllers}(,|$)`, 'm').test(mounts);
}

/** Mounts one with these controllers below /sys/fs/cgroup. Returns what undoes it. */
export function mountHierarchy(controllers: string): () => void {
  const directory = `/sys/fs/cgroup/${controllers}`;
  mkdirSync(directory, { recursive: true });
  run('mount', '-t', 'cgroup', '-o', controllers, source, directory);
  return () => unmount(directory);
}

/** Unmounts all that are mounted, also by a run that was killed. */
export function unmountHierarchies(): void {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  for (const line of lines.filter((line) => line.includes(` ${source} `))) unmount(line.split(' ')[4] ?? '');
}

function unmount(directory: string): void {
  // While cgroups that were removed are still there, the hierarchy would outlive its mount.
  waitUntil(() => cgroupCount(basename(directory)) <= 1, 2000);
  run('umount', directory);
  rmdirSync(directory);
}

/** How many cgroups a hierarchy has, its root among them (cgroups(7), /proc/cgroups). */
function cgroupCount(controllers: string): number {
  const [first] = controllers.split(',');
  const line = new RegExp(`^${first}\\t\\d+\\t(\\d+)`, 'm').exec(readFileSync('/proc/cgroups', 'utf8'));
  return Number(line?.[1]);
}

/** Mounts each hierarchy that the kernel has and the host has not mounted. Returns what undoes it. */
export function mountMissingHierarchies(): () => void {
  const missing = readFileSync('/proc/self/cgroup', 'utf8')
    .split('\n')
    .map((line) => line.split(':')[1] ?? '')
    .filter((controllers) => controllers !== '' && !controllers.startsWith('name='))
    .filter((controllers) => !isMounted(controllers));
  const undo = missing.map(mountHierarchy);
  return () => {
    for (const unmount of undo) unmount();
  };
}

function run(command: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
}
