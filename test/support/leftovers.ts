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
import { waitUntil } from '../../src/host/process.ts';

/** Prefix of every folder and cgroup that tests make; the pid of the test process follows. */
const prefix = 'slipway-test-';

/** In the environment of all that the test process starts: several runs may share a machine. */
const mark = `SLIPWAY_TEST_PROCESS=${process.pid}`;
process.env.SLIPWAY_TEST_PROCESS = String(process.pid);

const cgroupRoot = '/sys/fs/cgroup';

export function makeFolder(): string {
  // Paths of sockets may not be long.
  return mkdtempSync(join(tmpdir(), `${prefix}${process.pid.toString(36)}-`));
}

/** What is on the host whose name has this part, and every init of this test process: a sorted line each. */
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

/** Processes whose command line names the part, and inits of this test process. */
function processes(part: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        const init = readlinkSync(`/proc/${pid}/exe`).includes('slipway-init');
        const own = init && readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(mark);
        return line.includes(part) || own ? [`process ${pid} ${line}`] : [];
      } catch {
        // It ended meanwhile.
        return [];
      }
    });
}

/** Removes what is left of a sandbox, or of earlier runs that were killed: processes, cgroups, folders. */
export function sweep(part = prefix): void {
  const paths = () =>
    cgroups(part)
      .map((line) => line.slice('cgroup '.length))
      .filter(isLeft);
  // A process that the v1 freezer stopped ignores SIGKILL.
  for (const path of paths())
    if (existsSync(`${path}/freezer.state`)) writeFileSync(`${path}/freezer.state`, 'THAWED');
  // Processes that were killed take a moment to end.
  waitUntil(() => {
    const found = paths();
    for (const path of found) quietly(() => killAll(path));
    for (const path of found) quietly(() => rmdirSync(path));
    return found.length === 0;
  }, 2000);
  for (const name of readdirSync(tmpdir())) {
    if (name.startsWith(part) && isLeft(name)) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

/** Whether no other test process that still runs has made it. */
function isLeft(path: string): boolean {
  const pid = Number.parseInt(/slipway-test-([0-9a-z]+)-/.exec(path)?.[1] ?? '', 36);
  return Number.isNaN(pid) || pid === process.pid || !existsSync(`/proc/${pid}`);
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
    // CRIU mounts cgroup v2 in the initial cgroup namespace, which takes nsdelegate off the host's (cgroups(7)).
    mounts: readFileSync('/proc/self/mountinfo', 'utf8').replace(/( - cgroup2 \S+) .*/g, '$1'),
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
