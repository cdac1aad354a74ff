// containerd's Container Runtime Interface, as the kubelet drives it, with the runtime as a handler.

import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { patience } from '../support/patience.ts';
import { cgroupFiles } from './cgroup-files.ts';
import { Containerd } from './containerd.ts';
import { Cri } from './cri.ts';
import { image } from './image.ts';
import { findProgram, hasProgram } from './machine.ts';

/** The bridge that pods are at, in the machine's network. */
const network = {
  cniVersion: '0.4.0',
  name: 'pods',
  plugins: [
    {
      type: 'bridge',
      bridge: 'pods',
      isGateway: true,
      ipMasq: false,
      ipam: { type: 'host-local', subnet: '10.99.0.0/16', routes: [{ dst: '0.0.0.0/0' }] },
    },
  ],
};

// biome-ignore lint/suspicious/noExplicitAny: the JSON of messages
type Message = any;

describe.skipIf(!hasProgram('containerd'))('CRI', () => {
  let containerd: Containerd;
  let cri: Cri;
  let count = 0;
  beforeAll(async () => {
    containerd = await Containerd.start(
      (folder) => `
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "${image}"
disable_apparmor = true
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = "${folder}/cni"
`,
    );
    writeFileSync(`${containerd.machine.makeFolder('cni')}/pods.conflist`, JSON.stringify(network));
    await containerd.output('--namespace', 'k8s.io', 'images', 'import', containerd.archive);
    cri = new Cri(findProgram('containerd') ?? '', containerd.socket);
    expect(await call('Status')).toMatchObject({
      status: {
        conditions: [
          { type: 'RuntimeReady', status: true },
          { type: 'NetworkReady', status: true },
        ],
      },
    });
  });
  afterAll(async () => {
    cri.close();
    await containerd.machine.close();
  });

  const call = (name: string, request: Message = {}): Promise<Message> => cri.call(name, request);

  /** Starts a pod. Returns its id and the configuration that its containers need. */
  async function startPod(
    linux: Message = {},
    hostname = `pod${count + 1}`,
  ): Promise<{ readonly id: string; readonly config: Message }> {
    count += 1;
    const { machine } = containerd;
    const config = {
      metadata: { name: `pod${count}`, uid: `uid${count}`, namespace: 'tests' },
      hostname,
      logDirectory: machine.makeFolder(`logs/pod${count}`),
      linux: { cgroupParent: `/${machine.name}/pod${count}`, ...linux },
    };
    const { podSandboxId } = await call('RunPodSandbox', { config, runtimeHandler: 'slipway' });
    return { id: podSandboxId, config };
  }

  /** Makes a container of a pod. Returns its id. */
  async function createContainer(
    pod: Message,
    command: readonly string[],
    more: Message = {},
  ): Promise<string> {
    count += 1;
    const config = {
      metadata: { name: `c${count}` },
      image: { image },
      command,
      logPath: `c${count}.log`,
      ...more,
    };
    const request = { podSandboxId: pod.id, config, sandboxConfig: pod.config };
    return (await call('CreateContainer', request)).containerId;
  }

  async function startContainer(
    pod: Message,
    command: readonly string[],
    more: Message = {},
  ): Promise<string> {
    const containerId = await createContainer(pod, command, more);
    await call('StartContainer', { containerId });
    return containerId;
  }

  /** Runs a program in a container. Returns what it printed, and its exit status. */
  async function exec(containerId: string, ...cmd: string[]): Promise<{ output: string; status: number }> {
    const {
      stdout = '',
      stderr = '',
      exitCode = 0,
    } = await call('ExecSync', { containerId, cmd, timeout: 10 });
    return { output: Buffer.from(stdout + stderr, 'base64').toString(), status: exitCode };
  }

  async function stateOf(containerId: string): Promise<Message> {
    return (await call('ContainerStatus', { containerId })).status;
  }

  /** Runs a container to its end. Returns what it printed. */
  async function prints(pod: Message, command: readonly string[], more: Message = {}): Promise<string> {
    const containerId = await startContainer(pod, command, more);
    await expect.poll(async () => (await stateOf(containerId)).state).toBe('CONTAINER_EXITED');
    const { logPath } = await stateOf(containerId);
    await call('RemoveContainer', { containerId });
    // Each line has a time, the stream and a tag before it.
    return readFileSync(logPath, 'utf8')
      .replaceAll(/^\S+ \S+ \S+ /gm, '')
      .trim();
  }

  async function removePod({ id }: Message): Promise<void> {
    await call('StopPodSandbox', { podSandboxId: id });
    await call('RemovePodSandbox', { podSandboxId: id });
  }

  test('a container: create, start, exec, stop, remove', async () => {
    const pod = await startPod();
    const id = await createContainer(pod, ['sleep', '1000']);
    expect(await stateOf(id)).toMatchObject({ state: 'CONTAINER_CREATED' });
    await call('StartContainer', { containerId: id });
    expect(await stateOf(id)).toMatchObject({ state: 'CONTAINER_RUNNING' });
    expect(await exec(id, 'sh', '-c', 'echo out; exit 3')).toEqual({ output: 'out\n', status: 3 });
    await expect(exec(id, 'nosuch')).rejects.toThrow('executable file not found in $PATH');
    await call('StopContainer', { containerId: id, timeout: 0 });
    expect(await stateOf(id)).toMatchObject({ state: 'CONTAINER_EXITED', exitCode: 137 });
    await call('RemoveContainer', { containerId: id });
    await removePod(pod);
  });

  test('a program that cannot be', async () => {
    const pod = await startPod();
    const id = await createContainer(pod, ['nosuch']);
    await expect(call('StartContainer', { containerId: id })).rejects.toThrow(
      'executable file not found in $PATH',
    );
    expect(await stateOf(id)).toMatchObject({ state: 'CONTAINER_EXITED', exitCode: 128 });
    await removePod(pod);
  });

  test('limits, their update, and stats', async () => {
    const pod = await startPod();
    const resources = { memoryLimitInBytes: 64 << 20, cpuQuota: 50_000, cpuPeriod: 100_000 };
    const id = await startContainer(pod, ['sleep', '1000'], { linux: { resources } });
    const files = ['memory/memory.limit_in_bytes', 'memory.max', 'cpu/cpu.cfs_quota_us', 'cpu.max'];
    const limits = cgroupFiles(...files);
    expect((await exec(id, ...limits)).output).toMatch(/^67108864\n50000/);
    const linux = { memoryLimitInBytes: 96 << 20, cpuQuota: 20_000, cpuPeriod: 100_000 };
    await call('UpdateContainerResources', { containerId: id, linux });
    expect((await exec(id, ...limits)).output).toMatch(/^100663296\n20000/);
    const { stats } = await call('ContainerStats', { containerId: id });
    expect(Number(stats.memory.workingSetBytes.value)).toBeGreaterThan(0);
    await removePod(pod);
  });

  test('a limit of memory: the OOM kill is reported', async () => {
    const pod = await startPod();
    const script = 'dd if=/dev/zero of=/dev/null bs=200M count=1; sleep 0.5; kill -9 $$; exit 137';
    const linux = { resources: { memoryLimitInBytes: 32 << 20 } };
    const id = await startContainer(pod, ['sh', '-c', script], { linux });
    await expect.poll(() => stateOf(id)).toMatchObject({ state: 'CONTAINER_EXITED', reason: 'OOMKilled' });
    await removePod(pod);
  });

  test('a pod: a network, hostname and ipc namespace of its own, which its containers join', async () => {
    const pod = await startPod();
    const first = await startContainer(pod, ['nc', '-l', '-p', '80', '-e', 'echo', 'hello']);
    const second = await startContainer(pod, ['sleep', '1000']);
    const seen =
      'cd /proc/self/ns; readlink net; readlink ipc; readlink uts; hostname; ip -4 -o addr show eth0';
    const { output } = await exec(second, 'sh', '-c', seen);
    expect(output).toBe((await exec(first, 'sh', '-c', seen)).output);
    expect(output).toContain(`${pod.config.hostname}\n`);
    const address = /10\.99\.\d+\.\d+/.exec(output)?.[0] ?? '';
    const { stdout } = await containerd.machine.run(['readlink', '/proc/self/ns/net']);
    expect(output).not.toContain(stdout);
    expect((await exec(second, 'nc', '127.0.0.1', '80')).output).toBe('hello\n');
    // Another pod reaches it over the bridge.
    const third = await startContainer(pod, ['nc', '-l', '-p', '81', '-e', 'echo', 'again']);
    const other = await startPod();
    const client = await startContainer(other, ['sleep', '1000']);
    expect((await exec(client, 'nc', address, '81')).output).toBe('again\n');
    expect(third).not.toBe(client);
    await removePod(pod);
    await removePod(other);
  });

  test('namespaces that are shared: processes of the pod, network of the machine', async () => {
    const securityContext = { namespaceOptions: { pid: 'POD', network: 'NODE' } };
    // Without a namespace of its own there is nothing to give a hostname to.
    const pod = await startPod({ securityContext }, '');
    const container = { linux: { securityContext } };
    await startContainer(pod, ['sleep', '1234'], container);
    expect(await prints(pod, ['ps', '-o', 'args'], container)).toContain('sleep 1234');
    const { stdout } = await containerd.machine.run(['readlink', '/proc/self/ns/net']);
    expect(await prints(pod, ['readlink', '/proc/self/ns/net'], container)).toBe(stdout.trim());
    await removePod(pod);
  });

  test('security contexts: user, groups, read-only root, capabilities, seccomp, privileged', async () => {
    const pod = await startPod();
    const securityContext = {
      runAsUser: { value: 1000 },
      runAsGroup: { value: 2000 },
      supplementalGroups: [3000],
      readonlyRootfs: true,
      noNewPrivs: true,
      capabilities: { dropCapabilities: ['ALL'], addCapabilities: ['NET_RAW'] },
      seccomp: { profileType: 'RuntimeDefault' },
    };
    const script =
      'exec 2>&1; id -u; id -G; touch /new; grep -E "CapBnd|NoNewPrivs|Seccomp:" /proc/self/status';
    const shown = await prints(pod, ['sh', '-c', script], { linux: { securityContext } });
    expect(shown.split('\n')).toEqual([
      '1000',
      '2000 3000',
      'touch: /new: Read-only file system',
      'CapBnd:\t0000000000002000',
      'NoNewPrivs:\t1',
      'Seccomp:\t2',
    ]);
    await removePod(pod);
  });

  test('mounts: writable, read-only, with propagation; devices; environment; directory', async () => {
    const volume = containerd.machine.makeFolder('volume');
    writeFileSync(`${volume}/file`, 'kept');
    const pod = await startPod();
    const shown = await prints(
      pod,
      [
        'sh',
        '-c',
        'exec 2>&1; cat /r/file; echo; touch /r/new; cp /r/file /w/copy; echo $A; pwd; ls /dev/fuse',
      ],
      {
        mounts: [
          { containerPath: '/r', hostPath: volume, readonly: true, propagation: 'PROPAGATION_PRIVATE' },
          { containerPath: '/w', hostPath: volume },
        ],
        devices: [{ containerPath: '/dev/fuse', hostPath: '/dev/fuse', permissions: 'rw' }],
        envs: [{ key: 'A', value: 'b' }],
        workingDir: '/tmp',
      },
    );
    expect(shown.split('\n')).toEqual([
      'kept',
      'touch: /r/new: Read-only file system',
      'b',
      '/tmp',
      '/dev/fuse',
    ]);
    expect(readFileSync(`${volume}/copy`, 'utf8')).toBe('kept');
    await removePod(pod);
  });

  test('a daemon that is killed: the next one finds the pods', async () => {
    const pod = await startPod();
    const id = await startContainer(pod, ['sleep', '1000']);
    await containerd.daemon.kill();
    await containerd.daemon.start();
    await expect.poll(async () => (await stateOf(id)).state).toBe('CONTAINER_RUNNING');
    expect(await exec(id, 'echo', 'there')).toEqual({ output: 'there\n', status: 0 });
    await call('StopContainer', { containerId: id, timeout: 0 });
    await removePod(pod);
  });

  test('50 pods of two containers leave nothing', { timeout: 240_000 * patience }, async () => {
    const lives = async (rounds: number) => {
      for (let round = 0; round < rounds; round += 1) {
        const pod = await startPod();
        const ids = [
          await startContainer(pod, ['sleep', '1000']),
          await startContainer(pod, ['sleep', '1000']),
        ];
        expect(await exec(ids[1] ?? '', 'echo', 'on')).toEqual({ output: 'on\n', status: 0 });
        await removePod(pod);
      }
    };
    await Promise.all([lives(13), lives(13), lives(12), lives(12)]);
    expect(await call('ListPodSandbox')).toEqual({ items: [] });
    expect(await call('ListContainers')).toEqual({ containers: [] });
    await expect.poll(() => containerd.left('k8s.io')).toEqual([]);
  });
});
