// The container's cgroups (config-linux.md#control-groups), seen from the host and from inside.

import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { hostFacts } from '../src/host/facts.ts';
import { readTextIfThere } from '../src/host/files.ts';
import { type AnyConfig, cgroupDirectory, Sandbox } from './support/sandbox.ts';
import { expectRefusal, says } from './support/words.ts';

const sandbox = Sandbox.forFile();
const { v1, v2 } = hostFacts().cgroup;
/** The host has cgroup v2 alone. */
const unified = v1.length === 0;

/** Path of a file in the container's cgroup on the host. */
function file(config: AnyConfig, controller: string, name: string): string {
  return `${cgroupDirectory(controller, config.linux.cgroupsPath)}/${name}`;
}

/** Values of files while a container with these resources is created. */
async function valuesWith(
  resources: object,
  files: readonly (readonly [string, string])[],
): Promise<string[]> {
  let config: AnyConfig;
  const bundle = sandbox.script('true', (own) => {
    Object.assign(own.linux.resources, resources);
    config = own;
  });
  const id = sandbox.id();
  expect(await sandbox.run(['create', '-b', bundle, id])).toMatchObject({ status: 0, stderr: '' });
  try {
    return files.map(([controller, name]) => readFileSync(file(config, controller, name), 'utf8').trim());
  } finally {
    await sandbox.run(['delete', '--force', id]);
  }
}

const writtenOnV1 = [
  [
    ['memory', 'memory.limit_in_bytes'],
    ['memory', 'memory.memsw.limit_in_bytes'],
    ['memory', 'memory.soft_limit_in_bytes'],
    ['memory', 'memory.swappiness'],
    ['cpu', 'cpu.shares'],
    ['cpu', 'cpu.cfs_quota_us'],
    ['cpu', 'cpu.cfs_period_us'],
    ['cpuset', 'cpuset.cpus'],
    ['cpuset', 'cpuset.mems'],
    ['pids', 'pids.max'],
  ],
  ['67108864', '134217728', '33554432', '10', '512', '20000', '50000', '0', '0', '17'],
] as const;

const writtenOnV2 = [
  [
    ['memory', 'memory.max'],
    ['memory', 'memory.swap.max'],
    ['memory', 'memory.low'],
    ['cpu', 'cpu.weight'],
    ['cpu', 'cpu.max'],
    ['cpuset', 'cpuset.cpus'],
    ['cpuset', 'cpuset.mems'],
    ['pids', 'pids.max'],
  ],
  ['67108864', '67108864', '33554432', '59', '20000 50000', '0', '0', '17'],
] as const;

describe('cgroups', () => {
  // @shows /linux/cgroupsPath
  test('the program is in its cgroup in every hierarchy, and nothing else is', async () => {
    const output = await sandbox.output(
      sandbox.script('cat /proc/self/cgroup', (config) => {
        config.linux.cgroupsPath = `/${sandbox.name}-all`;
      }),
    );
    // "5:pids:/path", and "0::/path" for v2. A hierarchy that is not mounted on the host is nobody's to make cgroups in.
    const paths = new Map(
      output
        .trim()
        .split('\n')
        .map((line) => line.split(':').slice(1) as [string, string]),
    );
    const mounted = [...v1.map(({ controllers }) => controllers.join(',')), ...(v2 === null ? [] : [''])];
    expect(mounted.map((controllers) => paths.get(controllers))).toEqual(
      mounted.map(() => `/${sandbox.name}-all`),
    );
  });

  // @shows /linux/resources
  // @shows /linux/resources/memory/{limit,reservation,swap}
  // @shows /linux/resources/cpu
  // @shows /linux/resources/cpu/shares
  // @shows /linux/resources/cpu/{quota,period}
  // @shows /linux/resources/cpu/cpus
  // @shows /linux/resources/cpu/mems
  test('limits for memory, cpu and pids are written', async () => {
    const resources = {
      memory: {
        limit: 67108864,
        swap: 134217728,
        reservation: 33554432,
        ...(unified ? {} : { swappiness: 10 }),
      },
      cpu: { shares: 512, quota: 20000, period: 50000, cpus: '0', mems: '0' },
      pids: { limit: 17 },
    };
    const [files, values] = unified ? writtenOnV2 : writtenOnV1;
    expect(await valuesWith(resources, files)).toEqual(values);
  });

  // @shows /linux/resources/cpu/idle
  test('an idle cgroup', async () => {
    expect(await valuesWith({ cpu: { idle: 1 } }, [['cpu', 'cpu.idle']])).toEqual(['1']);
  });

  // @shows /linux/resources/cpu/burst
  test('a burst above the quota', async () => {
    const cpu = { quota: 20000, period: 50000, burst: 7000 };
    const name = unified ? 'cpu.max.burst' : 'cpu.cfs_burst_us';
    expect(await valuesWith({ cpu }, [['cpu', name]])).toEqual(['7000']);
  });

  // @shows /linux/resources/memory/disableOOMKiller
  // @refuses /linux/resources/memory/disableOOMKiller
  test('what cgroup v2 does not have is refused there, and written on v1', async () => {
    const resources = { memory: { limit: 67108864, disableOOMKiller: true } };
    if (!unified) {
      const [control] = await valuesWith(resources, [['memory', 'memory.oom_control']]);
      expect(control).toMatch(/^oom_kill_disable 1\n/);
      return;
    }
    const bundle = sandbox.bundle((config) => Object.assign(config.linux.resources, resources));
    expectRefusal(
      await sandbox.run(['create', '-b', bundle, sandbox.id()]),
      '/linux/resources/memory/disableOOMKiller: cgroup v2 has no such limit',
    );
  });

  test('a path of the form that systemd takes is a cgroup of that name, with a warning', async () => {
    const bundle = sandbox.script('grep pids /proc/1/cgroup || cat /proc/1/cgroup', (config) => {
      config.linux.cgroupsPath = `${sandbox.name}:a:b`;
      config.linux.namespaces = config.linux.namespaces.filter(({ type }: AnyConfig) => type !== 'cgroup');
    });
    const { status, stdout, stderr } = await sandbox.run(['run', '-b', bundle, sandbox.id()]);
    expect(status).toBe(0);
    expect(stdout).toContain(`${sandbox.name}:a:b`);
    expect(stderr).toEqual(says(/has the form that --systemd-cgroup takes/));
  });

  test('a limit of one process still lets the program run', async () => {
    const output = await sandbox.output(
      sandbox.bundle((config) => {
        config.linux.resources.pids = { limit: 1 };
        config.process.args = ['echo', 'ran'];
      }),
    );
    expect(output).toBe('ran\n');
  });

  // @shows /linux/resources/pids
  // @shows /linux/resources/pids/limit
  test('the limit of processes counts', async () => {
    const bundle = sandbox.script('(true) && echo forked', (config) => {
      config.linux.resources.pids = { limit: 1 };
    });
    const result = await sandbox.run(['run', '-b', bundle, sandbox.id()]);
    expect(result.stdout).toBe('');
    expect(result.status).not.toBe(0);
  });

  // @shows /linux/resources/memory
  test('the limit of memory counts', async () => {
    const bundle = sandbox.bundle((config) => {
      config.linux.resources.memory = { limit: 8388608 };
      config.process.args = ['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=64M', 'count=1'];
    });
    expect((await sandbox.run(['run', '-b', bundle, sandbox.id()])).status).toBe(137);
  });

  // @shows /linux/resources/devices
  // @shows /linux/resources/devices/*/{allow,type,major,minor,access}
  test('devices are denied but for the default ones and those allowed', async () => {
    const script = (allowed: object[]) =>
      sandbox.output(
        sandbox.script(
          'cat /dev/null && echo null; (: < /dev/fuse) 2>/dev/null && echo fuse; true',
          (config) => {
            config.linux.devices = [{ path: '/dev/fuse', type: 'c', major: 10, minor: 229 }];
            config.linux.resources.devices.push(...allowed);
          },
        ),
      );
    expect(await script([])).toBe('null\n');
    expect(await script([{ allow: true, type: 'c', major: 10, minor: 229, access: 'rwm' }])).toBe(
      'null\nfuse\n',
    );
  });

  // @shows runtime.md#delete: removes what create made; refuses what runs
  test('parents made for cgroupsPath go with the container; those that were there stay', async () => {
    let outer: AnyConfig;
    const bundle = sandbox.script('sleep 1000', (config) => {
      config.linux.cgroupsPath = `/${sandbox.name}-parent/one`;
      outer = config;
    });
    const nested = sandbox.script('true', (config) => {
      config.linux.cgroupsPath = `/${sandbox.name}-parent/two/three`;
    });
    const id = sandbox.id();
    expect((await sandbox.run(['run', '-d', '-b', bundle, id])).status).toBe(0);
    await sandbox.output(nested);
    expect(existsSync(file(outer, 'pids', 'cgroup.procs'))).toBe(true);
    expect(existsSync(file(outer, 'pids', '../two'))).toBe(false);
    expect((await sandbox.run(['delete', '--force', id])).status).toBe(0);
    expect(existsSync(file(outer, 'pids', '..'))).toBe(false);
  });

  test('a parent that another container removes between open and read is gone, not an error', () => {
    const { v1, v2 } = hostFacts().cgroup;
    const directory = `${(v1[0] ?? v2)?.mountpoint}/${sandbox.name}-gone`;
    mkdirSync(directory);
    const fd = openSync(`${directory}/cgroup.procs`, 'r');
    rmdirSync(directory);
    try {
      expect(readTextIfThere(`/proc/self/fd/${fd}`)).toBeNull();
    } finally {
      closeSync(fd);
    }
  });

  test('a cgroup mount shows the own cgroup alone, read-only', async () => {
    const output = await sandbox.output(
      sandbox.script(
        'd=/sys/fs/cgroup; [ -d $d/pids ] && d=$d/pids; cat $d/pids.max; echo 5 > $d/pids.max || echo refused',
        (config) => {
          config.linux.resources.pids = { limit: 23 };
          config.process.args[2] = `exec 2>/dev/null; ${config.process.args[2]}`;
        },
      ),
    );
    expect(output).toBe('23\nrefused\n');
  });
});
