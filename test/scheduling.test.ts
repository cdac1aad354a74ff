// When and where the program runs: scheduler, I/O priority, CPUs, memory nodes; and as what machine (config.md#linux-process,
// config-linux.md#memory-policy, #personality).

import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileProbe } from './support/compile.ts';
import { type AnyConfig, Sandbox } from './support/sandbox.ts';
import { expectRefusal } from './support/words.ts';

const sandbox = Sandbox.forFile();

beforeAll(() => {
  compileProbe('calls', sandbox.folder);
});

function withProcess(args: readonly string[], properties: AnyConfig, linux: AnyConfig = {}): string {
  const bundle = sandbox.bundle((config) => {
    config.process = { ...config.process, args, ...properties };
    config.linux = { ...config.linux, ...linux };
    for (const set of ['bounding', 'effective', 'permitted']) config.process.capabilities[set] = [];
  });
  copyFileSync(`${sandbox.folder}/calls`, `${bundle}/rootfs/calls`);
  return bundle;
}

/** Fields of /proc/PID/stat (proc(5)): nice, real-time priority, policy. */
function scheduling(stat: string): number[] {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return [19, 40, 41].map((number) => Number(fields[number - 3]));
}

// @shows /process/scheduler
// @shows /process/scheduler/{policy,nice,priority,runtime,deadline,period}
describe('scheduler', () => {
  const show = ['cat', '/proc/self/stat'];

  test.each<[AnyConfig, number[]]>([
    [{ policy: 'SCHED_OTHER', nice: 5 }, [5, 0, 0]],
    [{ policy: 'SCHED_OTHER', nice: -5 }, [-5, 0, 0]],
    [{ policy: 'SCHED_BATCH', nice: 19 }, [19, 0, 3]],
    [{ policy: 'SCHED_IDLE' }, [0, 0, 5]],
  ])('%j', async (scheduler, expected) => {
    expect(scheduling(await sandbox.output(withProcess(show, { scheduler })))).toEqual(expected);
  });

  // A new cgroup of the v1 controller has no time for real-time processes: these stay in the cgroup of the caller.
  test.each<[AnyConfig, number[]]>([
    [{ policy: 'SCHED_FIFO', priority: 10 }, [0, 10, 1]],
    [{ policy: 'SCHED_RR', priority: 99 }, [0, 99, 2]],
    [{ policy: 'SCHED_DEADLINE', runtime: 1_000_000, deadline: 10_000_000, period: 20_000_000 }, [0, 0, 6]],
    [
      {
        policy: 'SCHED_DEADLINE',
        runtime: 1_000_000,
        deadline: 10_000_000,
        flags: ['SCHED_FLAG_RECLAIM', 'SCHED_FLAG_DL_OVERRUN'],
      },
      [0, 0, 6],
    ],
    [{ policy: 'SCHED_OTHER', nice: 3, flags: ['SCHED_FLAG_KEEP_POLICY'] }, [3, 0, 0]],
    [
      { policy: 'SCHED_OTHER', nice: 3, flags: ['SCHED_FLAG_KEEP_POLICY', 'SCHED_FLAG_KEEP_PARAMS'] },
      [0, 0, 0],
    ],
  ])('%j', async (scheduler, expected) => {
    const bundle = withProcess(show, { scheduler });
    const result = await sandbox.run(['--cgroup-manager=disabled', 'run', '-b', bundle, sandbox.id()]);
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(scheduling(result.stdout)).toEqual(expected);
  });

  // @shows /process/scheduler/flags
  test('SCHED_FLAG_RESET_ON_FORK: what the program starts is scheduled as usual', async () => {
    const scheduler = { policy: 'SCHED_OTHER', nice: -5, flags: ['SCHED_FLAG_RESET_ON_FORK'] };
    const script = 'read -r own < /proc/self/stat; echo "$own"; cat /proc/self/stat; true';
    const [own = '', child = ''] = (
      await sandbox.output(withProcess(['sh', '-c', script], { scheduler }))
    ).split('\n');
    expect([scheduling(own)[0], scheduling(child)[0]]).toEqual([-5, 0]);
  });

  // @shows /process/scheduler/flags
  test.each(['SCHED_FLAG_UTIL_CLAMP_MIN', 'SCHED_FLAG_UTIL_CLAMP_MAX'])(
    '%s is done, or what the kernel says',
    async (flag) => {
      const bundle = withProcess(show, { scheduler: { policy: 'SCHED_OTHER', flags: [flag] } });
      const { status, stderr } = await sandbox.run(['run', '-b', bundle, sandbox.id()]);
      if (status !== 0)
        expect(stderr).toContain('/process/scheduler: sched_setattr: operation not supported (EOPNOTSUPP)');
    },
  );

  // @refuses /process/scheduler/{policy,nice,priority,runtime,deadline,period}
  // @refuses /process/scheduler/flags
  // @refuses /process/ioPriority/{class,priority}
  test.each<[string, AnyConfig]>([
    ['policy: Linux has no SCHED_ISO', { policy: 'SCHED_ISO' }],
    ['policy: expected one of', { policy: 'SCHED_NONE' }],
    ['nice: expected an integer from -20 to 19, got 20', { policy: 'SCHED_OTHER', nice: 20 }],
    ['nice: expected an integer', { policy: 'SCHED_OTHER', nice: 'low' }],
    ['priority: SCHED_FIFO needs an integer from 1 to 99', { policy: 'SCHED_FIFO' }],
    ['priority: SCHED_RR needs an integer from 1 to 99', { policy: 'SCHED_RR', priority: 100 }],
    ['priority: is for SCHED_FIFO and SCHED_RR alone', { policy: 'SCHED_OTHER', priority: 1 }],
    ['runtime: is for SCHED_DEADLINE alone', { policy: 'SCHED_OTHER', runtime: 1 }],
    ['runtime: SCHED_DEADLINE needs 1024 ns or more', { policy: 'SCHED_DEADLINE', deadline: 1000 }],
    [
      'deadline: must not be shorter than runtime',
      { policy: 'SCHED_DEADLINE', runtime: 4096, deadline: 2048 },
    ],
    [
      'period: must not be shorter than deadline',
      { policy: 'SCHED_DEADLINE', runtime: 4096, deadline: 8192, period: 5000 },
    ],
    ['flags/0: expected one of', { policy: 'SCHED_OTHER', flags: ['SCHED_FLAG_NONE'] }],
  ])('refuses %s', async (words, scheduler) => {
    expectRefusal(
      await sandbox.run(['create', '-b', withProcess(show, { scheduler }), sandbox.id()]),
      `/process/scheduler/${words}`,
    );
  });
});

// @shows /process/ioPriority
// @shows /process/ioPriority/{class,priority}
describe('ioPriority', () => {
  /** ioprio_get(IOPRIO_WHO_PROCESS, 0) on x86-64. */
  const show = ['/calls', '252:1:0'];

  test.each<[AnyConfig, number]>([
    [{ class: 'IOPRIO_CLASS_RT', priority: 3 }, (1 << 13) | 3],
    [{ class: 'IOPRIO_CLASS_BE', priority: 7 }, (2 << 13) | 7],
    [{ class: 'IOPRIO_CLASS_IDLE' }, 3 << 13],
  ])('%j', async (ioPriority, value) => {
    expect(await sandbox.output(withProcess(show, { ioPriority }))).toBe(`${value}\n`);
  });

  test.each<[string, AnyConfig]>([
    ['class: expected one of', { class: 'IOPRIO_CLASS_NONE' }],
    ['priority: expected an integer from 0 to 7', { class: 'IOPRIO_CLASS_BE', priority: 8 }],
  ])('refuses %s', async (words, ioPriority) => {
    expectRefusal(
      await sandbox.run(['create', '-b', withProcess(show, { ioPriority }), sandbox.id()]),
      `/process/ioPriority/${words}`,
    );
  });
});

describe('execCPUAffinity', () => {
  const id = sandbox.id();
  const status = ['/bin/cat', '/proc/self/status'];

  beforeAll(async () => {
    const bundle = withProcess(['sleep', '1000'], { execCPUAffinity: { final: '0' } });
    await sandbox.run(['run', '-d', '-b', bundle, id]);
  });
  afterAll(async () => {
    await sandbox.run(['delete', '--force', id]);
  });

  const cpusOf = (text: string) => /^Cpus_allowed_list:\t(.*)$/m.exec(text)?.[1];

  async function execWith(execCPUAffinity: AnyConfig) {
    const file = `${sandbox.folder}/process.json`;
    writeFileSync(file, JSON.stringify({ cwd: '/', args: status, execCPUAffinity }));
    return sandbox.run(['--debug', 'exec', '--process', file, id]);
  }

  // @shows /process/execCPUAffinity
  test('is for exec, and not for the program of the container', async () => {
    const { pid } = await sandbox.state(id);
    expect(cpusOf(readFileSync(`/proc/${pid}/status`, 'utf8'))).not.toBe('0');
    expect(cpusOf((await sandbox.run(['exec', id, ...status])).stdout)).toBe('0');
  });

  // @shows /process/execCPUAffinity/final
  test.each(['1', '0-1', '0,1'])('final %s', async (final) => {
    const { stdout } = await execWith({ final });
    expect(cpusOf(stdout)).toBe(final.replace(',', '-'));
  });

  // @shows /process/execCPUAffinity/initial
  test('initial comes before the process joins its cgroups, final after that', async () => {
    const { stderr, stdout } = await execWith({ initial: '0', final: '1' });
    const steps = [...stderr.matchAll(/msg="(?:outer|joiner|container): (\w+) .*\((\S+)\)"/g)].map(
      ([, op, from]) => `${op} ${from}`,
    );
    const at = (name: string) => steps.findIndex((step) => step.startsWith(name));
    expect(at('cpuAffinity /process/execCPUAffinity/initial')).toBeLessThan(at('clone'));
    expect(at('cpuAffinity /process/execCPUAffinity/initial')).toBeGreaterThanOrEqual(0);
    expect(at('cpuAffinity /process/execCPUAffinity/final')).toBeGreaterThan(at('clone'));
    expect(cpusOf(stdout)).toBe('1');
  });

  // @refuses /process/execCPUAffinity/final
  test('CPUs that are not there are what the kernel says', async () => {
    const { status: code, stderr } = await execWith({ final: '8000' });
    expect(code).toBe(255);
    expect(stderr).toContain('/process/execCPUAffinity/final: sched_setaffinity: invalid argument (EINVAL)');
  });

  // @refuses /process/execCPUAffinity/initial
  test.each(['x', '3-1', '0-', '9000', '-1'])('refuses %j', async (final) => {
    const bundle = withProcess(status, { execCPUAffinity: { final } });
    expectRefusal(
      await sandbox.run(['create', '-b', bundle, sandbox.id()]),
      '/process/execCPUAffinity/final: expected a list such as "0-3,7"',
    );
  });
});

// @shows /linux/memoryPolicy
// @shows /linux/memoryPolicy/{mode,nodes,flags}
describe('memoryPolicy', () => {
  const show = ['head', '-n', '1', '/proc/self/numa_maps'];

  test.each<[AnyConfig, string]>([
    [{ mode: 'MPOL_DEFAULT' }, 'default'],
    [{ mode: 'MPOL_LOCAL' }, 'local'],
    [{ mode: 'MPOL_PREFERRED' }, 'local'],
    [{ mode: 'MPOL_PREFERRED', nodes: '0' }, 'prefer:0'],
    [{ mode: 'MPOL_PREFERRED_MANY', nodes: '0' }, 'prefer (many):0'],
    [{ mode: 'MPOL_BIND', nodes: '0' }, 'bind:0'],
    [{ mode: 'MPOL_INTERLEAVE', nodes: '0' }, 'interleave:0'],
    [{ mode: 'MPOL_WEIGHTED_INTERLEAVE', nodes: '0' }, 'weighted interleave:0'],
    [{ mode: 'MPOL_BIND', nodes: '0', flags: ['MPOL_F_STATIC_NODES'] }, 'bind=static:0'],
    [{ mode: 'MPOL_BIND', nodes: '0', flags: ['MPOL_F_RELATIVE_NODES'] }, 'bind=relative:0'],
    [{ mode: 'MPOL_BIND', nodes: '0', flags: ['MPOL_F_NUMA_BALANCING'] }, 'bind=balancing:0'],
  ])('%j', async (memoryPolicy, shown) => {
    const output = await sandbox.output(withProcess(show, {}, { memoryPolicy }));
    expect(output).toContain(` ${shown} `);
  });

  // @shows /linux/memoryPolicy
  test('is that of an exec too', async () => {
    const id = sandbox.id();
    const memoryPolicy = { mode: 'MPOL_INTERLEAVE', nodes: '0' };
    await sandbox.run(['run', '-d', '-b', withProcess(['sleep', '1000'], {}, { memoryPolicy }), id]);
    expect((await sandbox.run(['exec', id, ...show])).stdout).toContain(' interleave:0 ');
    await sandbox.run(['delete', '--force', id]);
  });

  // @refuses /linux/memoryPolicy/{mode,nodes,flags}
  test('a node that is not there is what the kernel says', async () => {
    const memoryPolicy = { mode: 'MPOL_BIND', nodes: '900' };
    expectRefusal(
      await sandbox.run(['create', '-b', withProcess(show, {}, { memoryPolicy }), sandbox.id()]),
      '/linux/memoryPolicy: set_mempolicy: invalid argument (EINVAL)',
    );
  });

  test.each<[string, AnyConfig]>([
    ['mode: expected one of', { mode: 'MPOL_NONE' }],
    ['nodes: expected a list', { mode: 'MPOL_BIND', nodes: 'a' }],
    ['nodes: MPOL_BIND needs nodes', { mode: 'MPOL_BIND' }],
    ['nodes: MPOL_LOCAL takes none', { mode: 'MPOL_LOCAL', nodes: '0' }],
    [
      'flags: MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES exclude',
      { mode: 'MPOL_BIND', nodes: '0', flags: ['MPOL_F_STATIC_NODES', 'MPOL_F_RELATIVE_NODES'] },
    ],
    ['flags: flags about nodes need nodes', { mode: 'MPOL_PREFERRED', flags: ['MPOL_F_STATIC_NODES'] }],
    [
      'flags: MPOL_F_NUMA_BALANCING is for',
      { mode: 'MPOL_INTERLEAVE', nodes: '0', flags: ['MPOL_F_NUMA_BALANCING'] },
    ],
    ['flags/0: expected one of', { mode: 'MPOL_BIND', nodes: '0', flags: ['MPOL_F_NONE'] }],
  ])('refuses %s', async (words, memoryPolicy) => {
    const bundle = withProcess(show, {}, { memoryPolicy });
    expectRefusal(await sandbox.run(['create', '-b', bundle, sandbox.id()]), `/linux/memoryPolicy/${words}`);
  });
});

// @shows /linux/personality
// @shows /linux/personality/domain
// @shows /linux/personality/flags
describe('personality', () => {
  const show = ['busybox', 'uname', '-m'];

  test.each([
    ['LINUX', /^x86_64$/m],
    ['LINUX32', /^i686$/m],
  ])('%s', async (domain, machine) => {
    expect(await sandbox.output(withProcess(show, {}, { personality: { domain } }))).toMatch(machine);
  });

  // @shows /linux/personality
  test('is that of an exec too', async () => {
    const id = sandbox.id();
    const bundle = withProcess(['sleep', '1000'], {}, { personality: { domain: 'LINUX32' } });
    await sandbox.run(['run', '-d', '-b', bundle, id]);
    expect((await sandbox.run(['exec', id, ...show])).stdout).toBe('i686\n');
    await sandbox.run(['delete', '--force', id]);
  });

  test.each<[string, AnyConfig]>([
    ['domain: expected one of', { domain: 'BSD' }],
    // @refuses /linux/personality/flags
    ['flags: expected no flags', { domain: 'LINUX', flags: ['ADDR_NO_RANDOMIZE'] }],
  ])('refuses %s', async (words, personality) => {
    const bundle = withProcess(show, {}, { personality });
    expectRefusal(await sandbox.run(['create', '-b', bundle, sandbox.id()]), `/linux/personality/${words}`);
  });
});
