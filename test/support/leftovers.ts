// What a test may leave behind on the host: processes, mounts, cgroups. All of ours have names that tell them apart.

import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Prefix of every folder and cgroup that tests make. */
const prefix = 'slipway-test-';

const cgroupRoot = '/sys/fs/cgroup';

export function makeFolder(): string {
  return mkdtempSync(join(tmpdir(), prefix));
}

/** What is on the host whose name has this part, and every init: a sorted line each. */
export function leftovers(part: string): string[] {
  return [...mounts(part), ...cgroups(part), ...processes(part)].toSorted();
}

function mounts(part: string): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line.includes(part))
    .map((line) => `mount ${line.split(' ')[4]}`);
}

/** Cgroup directories below a mount of the host, deepest first. */
function cgroups(part: string): string[] {
  return hierarchies()
    .flatMap((at) =>
      readdirSync(at, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => `${at}/${entry.name}`),
    )
    .filter((path) => path.includes(part))
    .flatMap(below)
    .map((path) => `cgroup ${path}`);
}

function hierarchies(): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => / - cgroup2? /.test(line))
    .map((line) => line.split(' ')[4] ?? '')
    .filter((path) => path.startsWith(cgroupRoot));
}

function below(path: string): string[] {
  const inside = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [...inside.flatMap((entry) => below(`${path}/${entry.name}`)), path];
}

/** Processes whose command line names the part, and inits. */
function processes(part: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        const init = readlinkSync(`/proc/${pid}/exe`).includes('slipway-init');
        return line.includes(part) || init ? [`process ${pid} ${line}`] : [];
      } catch {
        // It ended meanwhile.
        return [];
      }
    });
}

/** Removes what is left of a sandbox, or of an earlier run that was killed: processes, cgroups, folders. */
export function sweep(part = prefix): void {
  const paths = () => cgroups(part).map((line) => line.slice('cgroup '.length));
  // A process that the v1 freezer stopped ignores SIGKILL.
  for (const path of paths())
    if (existsSync(`${path}/freezer.state`)) writeFileSync(`${path}/freezer.state`, 'THAWED');
  for (let left = 200, found = paths(); left > 0 && found.length > 0; left--, found = paths()) {
    for (const path of found) quietly(() => killAll(path));
    for (const path of found) quietly(() => rmdirSync(path));
    // Processes that were killed are still ending.
    if (paths().length > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
  }
  for (const name of readdirSync(tmpdir())) {
    if (name.startsWith(part)) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

function killAll(cgroup: string): void {
  const pids = readFileSync(`${cgroup}/cgroup.procs`, 'utf8').split('\n').map(Number);
  for (const pid of pids) if (pid > 0) process.kill(pid, 'SIGKILL');
}

function quietly(act: () => void): void {
  try {
    act();
  } catch {
    // What it is about is gone, or still going: the next round sees.
  }
}

/** What must be the same after tests as before: the mount table, the tree of cgroups, the namespaces that somebody is in. */
export function hostState(): {
  readonly mounts: string;
  readonly cgroups: string;
  readonly namespaces: string;
} {
  return {
    mounts: readFileSync('/proc/self/mountinfo', 'utf8'),
    cgroups: hierarchies().flatMap(below).join('\n'),
    namespaces: namespaces().join('\n'),
  };
}

function namespaces(): string[] {
  const found = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return readdirSync(`/proc/${pid}/ns`).map((type) => readlinkSync(`/proc/${pid}/ns/${type}`));
      } catch {
        // It ended meanwhile, or is a zombie.
        return [];
      }
    });
  return [...new Set(found)].toSorted();
}
