// podman, with the runtime as its --runtime.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { criuWorks } from '../support/criu.ts';
import { asUser as becomeUser } from '../support/rootless.ts';
import { runtimeName } from '../support/runtime.ts';
import { cgroupFiles } from './cgroup-files.ts';
import { limits } from './engine.ts';
import { testFeatures } from './features.ts';
import { image, makeImage } from './image.ts';
import { hasProgram } from './machine.ts';
import { Podman } from './podman.ts';
import { useSample } from './sample.ts';

/** As another engine leaves them in the tmpfs of cgroup v1, where there is no such hierarchy. */
const strayFolders = existsSync('/sys/fs/cgroup/cgroup.controllers')
  ? []
  : ['net_cls', 'net_prio', 'perf_event']
      .map((name) => `/sys/fs/cgroup/${name}`)
      .filter((path) => !existsSync(path));

const kubernetes = `
apiVersion: v1
kind: Pod
metadata: { name: web }
spec:
  restartPolicy: Never
  initContainers:
  - name: before
    image: ${image}
    command: [/bin/sh, -c, 'echo first > /shared/file']
    volumeMounts: [{ name: shared, mountPath: /shared }]
  containers:
  - name: main
    image: ${image}
    command: [/bin/sh, -c, '/bin/cat /shared/file; /bin/id -u; exec /bin/sleep 1000']
    securityContext: { runAsUser: 1000 }
    resources: { limits: { memory: 64Mi } }
    volumeMounts: [{ name: shared, mountPath: /shared }]
  volumes:
  - { name: shared, emptyDir: {} }
`;

// podman loses the output of a short program once in several hundred times, with any runtime: it may try again.
describe.skipIf(!hasProgram('podman'))('podman', { retry: 1 }, () => {
  let podman: Podman;
  beforeAll(async () => {
    for (const folder of strayFolders) mkdirSync(folder);
    podman = await Podman.start();
  });
  afterAll(async () => {
    await podman.machine.close();
    for (const folder of strayFolders) rmSync(folder, { recursive: true });
  });

  testFeatures(() => podman);

  /** Removes the cgroups of pods themselves, which podman leaves in hierarchies that it does not know. */
  async function removePods(parent: string): Promise<void> {
    const script = `find /sys/fs/cgroup/*/${parent} -depth -type d -exec rmdir {} +`;
    await podman.machine.output(['sh', '-c', script]);
  }

  /** Runs a container with the sample configuration. */
  async function withSample(...options: readonly string[]): Promise<string> {
    const conf = `CONTAINERS_CONF=${useSample(podman.machine, 'containers.conf')}`;
    const run = ['podman', '--cgroup-manager', 'cgroupfs', 'run', '--rm', '--network', 'none', ...limits];
    const result = await podman.machine.run([
      'env',
      conf,
      ...run,
      ...options,
      image,
      'cat',
      '/proc/self/cgroup',
    ]);
    expect(result).toMatchObject({ status: 0, stderr: '' });
    return result.stdout;
  }

  test('containers.conf: the default runtime', async () => {
    expect(await withSample('--cgroupns', 'host', '--cgroup-parent', `/${podman.machine.name}`)).toContain(
      `${podman.machine.name}/libpod`,
    );
  });

  test('containers.conf: --cgroups=disabled', async () => {
    expect(await withSample('--cgroups', 'disabled')).not.toContain('libpod');
  });

  test('--systemd=always, whose mounts have empty options', async () => {
    const script = 'grep -c " /run tmpfs" /proc/self/mounts; grep -c cgroup /proc/self/mounts';
    const [run, cgroups] = (await podman.prints(['--systemd=always'], 'sh', '-c', script)).split('\n');
    expect([run, Number(cgroups) > 0]).toEqual(['1', true]);
  });

  test('--mount type=image, an overlay with long options', async () => {
    const mount = `type=image,source=${image},destination=/image`;
    expect(await podman.prints(['--mount', mount], 'sh', '-c', 'ls /image/bin | grep -c busybox')).toBe('1');
  });

  test('--read-only, with its tmpfs', async () => {
    const script = 'touch /tmp/x /run/x && echo made; touch /etc/x || echo refused';
    expect(await podman.prints(['--read-only'], 'sh', '-c', script)).toBe('made\nrefused');
  });

  test('annotations of an image do not reach the host', async () => {
    const folder = podman.machine.folder;
    const annotations = ['run.oci.keep_original_groups=1', `run.oci.hooks.stdout=${folder}/said`];
    const options = annotations.flatMap((annotation) => ['--annotation', annotation]);
    const hook = { path: '/bin/busybox', args: ['echo', 'said'] };
    const hooks = { version: '1.0.0', hook, when: { always: true }, stages: ['createContainer'] };
    for (const name of ['annotated', 'hooks.d']) mkdirSync(`${folder}/${name}`, { recursive: true });
    writeFileSync(`${folder}/annotated/Containerfile`, `FROM ${image}`);
    writeFileSync(`${folder}/hooks.d/said.json`, JSON.stringify(hooks));
    await podman.output('build', ...options, '--tag', 'localhost/annotated:1', `${folder}/annotated`);
    const result = await podman.machine.run([
      ...['setpriv', '--groups=4321', '--', ...podman.command, '--hooks-dir', `${folder}/hooks.d`],
      ...['run', '--name', 'annotated', ...podman.defaults],
      ...['localhost/annotated:1', 'grep', '^Groups:', '/proc/self/status'],
    ]);
    expect(result).toMatchObject({ status: 0, stdout: expect.not.stringContaining('4321') });
    // podman did hand them to the runtime.
    const path = await podman.inspect('annotated', '{{.OCIConfigPath}}');
    const config = JSON.parse(await podman.machine.output(['cat', path]));
    expect(config.annotations).toMatchObject({ 'run.oci.keep_original_groups': '1' });
    expect(config.hooks.createContainer).toHaveLength(1);
    expect(existsSync(`${folder}/said`)).toBe(false);
    await podman.remove('annotated');
  });

  test('pods: containers that share namespaces', async () => {
    const parent = ['--cgroup-parent', `/${podman.machine.name}/pods`];
    await podman.output(
      ...['pod', 'create', '--name', 'pod', '--share', 'ipc,net,uts,pid'],
      ...parent,
      '--network=none',
    );
    await podman.output(
      'run',
      '--detach',
      '--pod',
      'pod',
      '--name',
      'first',
      ...limits,
      image,
      'sleep',
      '1000',
    );
    const shown = await podman.output('run', '--rm', '--pod', 'pod', ...limits, image, 'ps', '-o', 'args');
    expect(shown.split('\n')).toEqual(['COMMAND', '/catatonit -P', 'sleep 1000', 'ps -o args']);
    await podman.output('pod', 'pause', 'pod');
    expect(await podman.inspect('first', '{{.State.Status}}')).toBe('paused');
    await podman.output('pod', 'unpause', 'pod');
    await podman.output('pod', 'rm', '--force', '--time', '0', 'pod');
    await removePods(`${podman.machine.name}/pods`);
  });

  test('kube play and down', async () => {
    const file = `${podman.machine.folder}/pod.yaml`;
    writeFileSync(file, kubernetes);
    await podman.output('kube', 'play', '--network', 'none', file);
    await expect.poll(() => podman.output('logs', 'web-main')).toBe('first\n1000');
    const memory = cgroupFiles('memory/memory.limit_in_bytes', 'memory.max');
    expect(await podman.output('exec', '-e', 'PATH=/bin', 'web-main', ...memory)).toBe(String(64 << 20));
    await podman.output('kube', 'down', file);
    expect(await podman.output('pod', 'ps', '--quiet')).toBe('');
    // Its parent has a name of podman's own.
    await removePods('libpod_parent');
  });

  if (criuWorks)
    test('checkpoint and restore, and into another container', async () => {
      const counting = 'i=0; while :; do i=$((i+1)); echo $i; sleep 0.1; done';
      const name = await podman.start([], 'sh', '-c', counting);
      const last = async (container: string) => Number(await podman.output('logs', '--tail', '1', container));
      await expect.poll(() => last(name)).toBeGreaterThan(5);
      await podman.output('container', 'checkpoint', name);
      expect(await podman.inspect(name, '{{.State.Status}} {{.State.Checkpointed}}')).toBe('exited true');
      const before = await last(name);
      await podman.output('container', 'restore', name);
      await expect.poll(() => last(name)).toBeGreaterThan(before);
      const archive = `${podman.machine.folder}/checkpoint.tar`;
      await podman.output('container', 'checkpoint', '--export', archive, name);
      await podman.remove(name);
      const other = podman.name();
      await podman.output('container', 'restore', '--import', archive, '--name', other);
      await expect.poll(() => last(other)).toBeGreaterThan(before);
      await podman.remove(other);
    });

  test('health checks', async () => {
    const name = await podman.start(
      ['--health-cmd', 'test -e /tmp/well', '--health-retries', '1'],
      'sleep',
      '1000',
    );
    expect(await podman.call(['healthcheck', 'run', name])).toMatchObject({ status: 1 });
    expect(await podman.inspect(name, '{{.State.Health.Status}}')).toBe('unhealthy');
    await podman.output('exec', name, 'touch', '/tmp/well');
    await podman.output('healthcheck', 'run', name);
    expect(await podman.inspect(name, '{{.State.Health.Status}}')).toBe('healthy');
    await podman.remove(name);
  });

  test('--uidmap and --userns=auto', async () => {
    const script = 'cat /proc/self/uid_map; touch /tmp/made; stat -c %u /tmp/made; id -u';
    const mapped = await podman.prints(['--uidmap', '0:100000:65536'], 'sh', '-c', script);
    expect(mapped).toMatch(/^0 +100000 +65536\n0\n0$/);
    const ranges = 'echo containers:200000:65536 | tee -a /etc/subuid >> /etc/subgid';
    await podman.machine.run(['sh', '-c', ranges]);
    expect(await podman.prints(['--userns', 'auto:size=1000'], 'sh', '-c', script)).toMatch(
      /^0 +200000 +1000\n0\n0$/,
    );
  });

  /** Calls podman as a user of the machine, who has a range of ids and a home. */
  async function asUser(uid: number): Promise<(...args: readonly string[]) => Promise<string>> {
    const { machine } = podman;
    const home = machine.makeFolder('home');
    const runtimeDirectory = `/run/user/${uid}`;
    const account = `echo sailor:x:${uid}:${uid}::${home}:/bin/sh >> /etc/passwd
      echo sailor:x:${uid}: >> /etc/group
      echo sailor:300000:65536 | tee -a /etc/subuid >> /etc/subgid
      mkdir -p ${runtimeDirectory} && chmod 700 ${runtimeDirectory} && chmod 711 ${machine.folder}
      chown ${uid}:${uid} ${runtimeDirectory} ${home}`;
    await machine.output(['sh', '-c', account]);
    const env = ['env', `--chdir=${home}`, `HOME=${home}`, `XDG_RUNTIME_DIR=${runtimeDirectory}`];
    const call = [...becomeUser(uid), ...env, ...podman.command, '--storage-driver', 'vfs'];
    return (...args) => machine.output([...call, ...args]);
  }

  test('without root: run, exec, in the background, the ids of the caller', async () => {
    const uid = 1500;
    const user = await asUser(uid);
    await user('load', '--quiet', '--input', makeImage(podman.machine.makeFolder('rootless')));
    const run = ['run', '--network', 'none', ...limits];
    expect(await user(...run, '--rm', image, 'sh', '-c', 'id -u; cat /proc/self/uid_map')).toMatch(
      /^0\n *0 +1500 +1\n *1 +300000 +65536$/,
    );
    await user(...run, '--detach', '--name', 'background', image, 'sh', '-c', 'echo out; exec sleep 1000');
    await expect.poll(() => user('logs', 'background')).toBe('out');
    expect(await user('exec', '--user', '7', 'background', 'id', '-u')).toBe('7');
    await user('stop', '--time', '0', 'background');
    expect(await user('inspect', '--format', '{{.State.Status}} {{.State.ExitCode}}', 'background')).toBe(
      'exited 137',
    );
    await user('rm', 'background');
    expect(await user(...run, '--rm', '--userns', 'keep-id', image, 'id', '-u')).toBe(String(uid));
    expect(await podman.machine.output(['ls', `/run/user/${uid}`])).toContain(runtimeName);
    expect(await podman.machine.states(`/run/user/${uid}/${runtimeName}`)).toEqual([]);
  });

  test('a podman that is killed: its container goes on, and others find it', async () => {
    const name = podman.name();
    const run = [...podman.command, 'run', '--name', name, ...podman.defaults, image, 'sleep', '1000'];
    const [command, ...args] = podman.machine.enter(run);
    const foreground = spawn(command, args, { stdio: 'ignore' });
    const state = async () => (await podman.call(['inspect', '--format', '{{.State.Status}}', name])).stdout;
    await expect.poll(state).toBe('running\n');
    const ended = once(foreground, 'exit');
    await podman.machine.run(['pkill', '-KILL', '-f', `^podman .*--name ${name} `]);
    await ended;
    expect(await podman.output('exec', name, 'echo', 'there')).toBe('there');
    expect(await podman.output('ps', '--format', '{{.Names}}')).toBe(name);
    await podman.output('stop', '--time', '0', name);
    await podman.remove(name);
    await expect.poll(() => podman.left()).toEqual([]);
  });
});
