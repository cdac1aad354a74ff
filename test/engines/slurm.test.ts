// Slurm: two nodes on a network, with the runtime of the sample oci.conf.

import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { leftovers } from '../support/leftovers.ts';
import { patience } from '../support/patience.ts';
import type { Result } from '../support/runtime.ts';
import { Sandbox } from '../support/sandbox.ts';
import { Daemon } from './daemon.ts';
import { hasProgram, Machine } from './machine.ts';
import { Network } from './network.ts';
import { useSample } from './sample.ts';

/** What Slurm does takes seconds. */
const soon = { timeout: 20_000 * patience, interval: 100 };

describe.skipIf(!hasProgram('slurmctld'))('Slurm', () => {
  const sandbox = Sandbox.forFile();
  let network: Network;
  /** The machine that runs slurmctld, and where commands are called. */
  let controller: Machine;
  const nodes: Machine[] = [];
  /** That of the other node. */
  let slurmd: Daemon;

  beforeAll(async () => {
    network = await Network.start();
    controller = await Machine.start();
    nodes.push(controller, await Machine.start());
    const addresses = nodes.map((node) => network.attach(node));
    const key = Buffer.alloc(1024, sandbox.name);
    for (const node of nodes) await setUp(node, key, configuration(addresses));
    const answers = async () => (await run('scontrol', 'ping')).status === 0;
    await new Daemon(controller, ['slurmctld', '-D'], answers).start();
    for (const node of nodes) await startSlurmd(node);
  });
  afterAll(async () => {
    for (const node of nodes) await node.close();
    await network.close();
  });

  function configuration(addresses: readonly string[]): string {
    const names = nodes.map(({ name }) => name);
    return `ClusterName=tests
SlurmctldHost=${names[0]}(${addresses[0]})
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
StateSaveLocation=/var/lib/slurm
SlurmdSpoolDir=/var/lib/slurmd
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
PropagateResourceLimits=NONE
MpiDefault=none
ReturnToService=2
SlurmdTimeout=5
${names.map((name, index) => `NodeName=${name} NodeAddr=${addresses[index]} CPUs=2 State=UNKNOWN`).join('\n')}
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP OverSubscribe=FORCE:10
`;
  }

  /** Gives a node its configuration, and the key with which nodes know each other. */
  async function setUp(node: Machine, key: Buffer, text: string): Promise<void> {
    const munge = node.makeFolder('munge');
    writeFileSync(`${munge}/key`, key, { mode: 0o400 });
    writeFileSync(`${node.folder}/slurm.conf`, text);
    const files = `slurm.conf ${useSample(node, 'oci.conf')}`;
    const script = `mkdir -p /etc/slurm /var/lib/slurm /var/lib/slurmd /run/munge && cp ${files} /etc/slurm/`;
    await node.output(['sh', '-c', script]);
    const paths = ['key', 'seed', 'pid', 'log'].flatMap((file) => [`--${file}-file`, `${munge}/${file}`]);
    const answers = async () => (await node.run(['munge', '--no-input'])).status === 0;
    await new Daemon(node, ['munged', '--force', '--foreground', ...paths], answers).start();
  }

  async function startSlurmd(node: Machine): Promise<void> {
    const answers = async () => (await node.run(['scontrol', 'show', 'slurmd'])).status === 0;
    slurmd = new Daemon(node, ['slurmd', '-D'], answers);
    await slurmd.start();
    // runc makes cgroups below the caller's own, and that of memory would be the one in which this host runs.
    const cgroup = `/sys/fs/cgroup/memory/${node.name}/node`;
    const script = `if cd /sys/fs/cgroup/memory; then mkdir -p ${cgroup} && pgrep -x slurmd > ${cgroup}/cgroup.procs; fi`;
    await node.output(['sh', '-c', script]);
  }

  /** Runs a command of Slurm's. */
  function run(...command: readonly string[]): Promise<Result> {
    return controller.run(command);
  }

  function output(...command: readonly string[]): Promise<string> {
    return controller.output(command);
  }

  /** A bundle whose program comes from Slurm. It has its node's hostname, and a cgroup with the name of the job's step. */
  function bundle(): string {
    return sandbox.bundle((config) => {
      delete config.linux.cgroupsPath;
      delete config.hostname;
      config.linux.namespaces = config.linux.namespaces.filter(
        ({ type }: { type: string }) => type !== 'uts',
      );
    });
  }

  /** Submits a job that runs a shell script in a container. Returns its id. */
  function submit(path: string, script: string, ...options: readonly string[]): Promise<string> {
    const files = ['--container', path, '--output', `${sandbox.folder}/job-%j`];
    return output('sbatch', '--parsable', ...files, ...options, '--wrap', script);
  }

  function logOf(job: string): string {
    return readFileSync(`${sandbox.folder}/job-${job}`, 'utf8');
  }

  /** What became of a job: "COMPLETED 0:0", a status and a signal. */
  async function outcome(job: string): Promise<string> {
    const shown = await output('scontrol', 'show', 'job', '--oneliner', job);
    const [, state, status] = /JobState=(\S+).* ExitCode=(\S+)/.exec(shown) ?? [];
    return `${state} ${status}`;
  }

  /** What is left of containers: in the runtime's states and as cgroups, which have names like "NODE.root.JOB.STEP.TASK". */
  async function left(): Promise<string[]> {
    const states = await Promise.all(nodes.map((node) => node.states(`/run/slipway-${node.name}`)));
    const lines = nodes.flatMap(({ name }) => leftovers(name));
    return [...states.flat(), ...lines.filter((line) => /^cgroup .*\.root(\.\d+){3}$/.test(line))];
  }

  test('srun --container: output, exit status and stdin', async () => {
    const result = await run('srun', '--container', bundle(), 'sh', '-c', 'echo out; echo err >&2; exit 3');
    expect(result).toMatchObject({ status: 3, stdout: 'out\n', stderr: expect.stringContaining('err\n') });
    const stdin = `${sandbox.folder}/stdin`;
    writeFileSync(stdin, 'a line\n');
    const program = ['srun', '--container', bundle(), 'cat'];
    expect(await controller.run(program, { stdin })).toMatchObject({ status: 0, stdout: 'a line\n' });
    await expect.poll(left, soon).toEqual([]);
  });

  test('srun: a program that is not there, a bundle that is not there', async () => {
    const program = await run('srun', '--container', bundle(), 'nosuch');
    expect(program.status).not.toBe(0);
    expect(program.stderr).toContain('executable file not found in $PATH');
    expect((await run('srun', '--container', '/nosuch', 'true')).status).not.toBe(0);
    await expect.poll(left, soon).toEqual([]);
  });

  test('srun on two nodes: a container on each', async () => {
    const places = await output('srun', '--nodes', '2', '--container', bundle(), 'hostname');
    expect(places.split('\n').toSorted()).toEqual(nodes.map(({ name }) => name).toSorted());
    await expect.poll(left, soon).toEqual([]);
  });

  test('sbatch and scancel: a signal for the program', async () => {
    const script = 'trap "exit 5" TERM; echo ready; while :; do sleep 0.1; done';
    const job = await submit(bundle(), script);
    await expect.poll(() => outcome(job), soon).toBe('RUNNING 0:0');
    await expect.poll(() => logOf(job), soon).toContain('ready');
    await output('scancel', '--signal', 'TERM', '--batch', job);
    await expect.poll(() => outcome(job), soon).toBe('FAILED 5:0');
    await expect.poll(left, soon).toEqual([]);
  });

  test('sbatch --container: 20 jobs, one of them cancelled', async () => {
    const path = bundle();
    const endless = await submit(path, 'sleep 1000');
    const jobs: string[] = [];
    for (let status = 0; status < 19; status += 1)
      jobs.push(await submit(path, `echo job ${status}; exit ${status}`));
    for (const [status, job] of jobs.entries()) {
      await expect.poll(() => outcome(job), soon).toMatch(/^(COMPLETED|FAILED)/);
      const expected = status === 0 ? 'COMPLETED 0:0' : `FAILED ${status}:0`;
      expect([await outcome(job), logOf(job)]).toEqual([
        expected,
        expect.stringContaining(`job ${status}\n`),
      ]);
    }
    expect(await outcome(endless)).toBe('RUNNING 0:0');
    await output('scancel', endless);
    await expect.poll(() => outcome(endless), soon).toMatch(/^CANCELLED /);
    await expect.poll(left, soon).toEqual([]);
  });

  test('a slurmd that is killed: the next one finds the container', async () => {
    const [, node] = nodes;
    const job = await submit(bundle(), 'sleep 1000', '--nodelist', `${node?.name}`);
    await expect.poll(left, soon).not.toEqual([]);
    await slurmd.kill();
    await slurmd.start();
    expect(await outcome(job)).toBe('RUNNING 0:0');
    await output('scancel', job);
    await expect.poll(() => outcome(job), soon).toMatch(/^CANCELLED /);
    await expect.poll(left, soon).toEqual([]);
  });
});
