// buildah, with the runtime as its --runtime.

import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Result, runtimeName, runtimePath } from '../support/runtime.ts';
import { limits } from './engine.ts';
import { image, makeImage } from './image.ts';
import { hasProgram, Machine } from './machine.ts';

/** How buildah runs programs. */
const oci = ['--runtime', runtimePath, '--isolation', 'oci', '--network', 'none'];

describe.skipIf(!hasProgram('buildah'))('buildah', () => {
  let machine: Machine;
  let container = '';
  let count = 0;
  beforeAll(async () => {
    machine = await Machine.start();
    await output('pull', '--quiet', `docker-archive:${makeImage(machine.folder)}`);
    container = await from(image);
  });
  afterAll(() => machine.close());

  function buildah(...args: readonly string[]): Promise<Result> {
    return machine.run(['buildah', ...args]);
  }

  function output(...args: readonly string[]): Promise<string> {
    return machine.output(['buildah', ...args]);
  }

  /** Makes a container whose programs have a cgroup of that container alone. Returns its name. */
  function from(base: string): Promise<string> {
    count += 1;
    return output('from', ...limits, '--cgroup-parent', `/${machine.name}/c${count}`, base);
  }

  /** Runs a program in the container. */
  function run(options: readonly string[], ...program: readonly string[]): Promise<Result> {
    return buildah('run', ...oci, ...options, container, '--', ...program);
  }

  test('run: output and exit status', async () => {
    const result = await run([], 'sh', '-c', 'echo out; echo err >&2; exit 3');
    // It asks for ambient capabilities that are not inheritable, of which runc 1.3 warns too.
    const stderr = expect.stringMatching(/^(time=.* level=warning msg=.*can't raise ambient.*\n)?err\n/);
    expect(result).toMatchObject({ status: 3, stdout: 'out\n', stderr });
  });

  test('run: a program that cannot be', async () => {
    const result = await run([], 'nosuch');
    expect(result).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('executable file not found in $PATH'),
    });
  });

  test('run: user, directory, environment, hostname', async () => {
    const options = ['--user', '1000:2000', '--workingdir', '/tmp', '--env', 'A=b', '--hostname', 'h'];
    const { stdout } = await run(options, 'sh', '-c', 'id -u; id -g; pwd; echo $A; hostname');
    expect(stdout).toBe('1000\n2000\n/tmp\nb\nh\n');
  });

  test('run: volumes, mounts, capabilities', async () => {
    const volume = machine.makeFolder('volume');
    writeFileSync(`${volume}/file`, 'kept');
    const options = [
      '--volume',
      `${volume}:/v:ro`,
      '--mount',
      'type=tmpfs,destination=/t,tmpfs-size=1m',
      '--cap-drop',
      'CAP_CHOWN',
    ];
    const script = 'cat /v/file; touch /v/new; df -k /t | tail -1; grep CapEff /proc/self/status';
    const { stdout, stderr } = await run(options, 'sh', '-c', script);
    expect(stderr).toContain('/v/new: Read-only file system');
    expect(stdout).toMatch(/^kepttmpfs +1024 [^\n]*\nCapEff:\t[0-9a-f]*[02468ace]\n$/);
  });

  test('commit keeps what run made', async () => {
    await run([], 'sh', '-c', 'echo made > /made');
    await output('config', '--cmd', 'cat /made', container);
    await output('commit', '--quiet', container, 'localhost/made:1');
    const other = await from('localhost/made:1');
    expect(await output('run', ...oci, other, 'cat', '/made')).toBe('made');
    await output('rm', other);
  });

  test('build: RUN in stages, with a mount, as another user', async () => {
    const context = machine.makeFolder('context');
    const lines = [
      `FROM ${image} AS first`,
      'RUN --mount=type=tmpfs,target=/scratch echo one > /scratch/a && cp /scratch/a /one',
      `FROM ${image}`,
      'COPY --from=first /one /one',
      'USER 1000',
      'RUN test "$(id -u)" = 1000 && cat /one > /tmp/two',
    ];
    writeFileSync(`${context}/Dockerfile`, lines.join('\n'));
    const options = [...oci, ...limits, '--cgroup-parent', `/${machine.name}/build`];
    await output('build', ...options, '--tag', 'localhost/two:1', context);
    const two = await from('localhost/two:1');
    expect(await output('run', ...oci, two, 'cat', '/tmp/two')).toBe('one');
    await output('rm', two);
    writeFileSync(`${context}/Dockerfile`, `FROM ${image}\nRUN exit 3`);
    const failed = await buildah('build', ...options, context);
    expect(failed).toMatchObject({ stderr: expect.stringContaining('exit status 3') });
    expect(failed.status).not.toBe(0);
  });

  test('100 runs leave nothing', async () => {
    const names = await Promise.all([1, 2, 3, 4].map(() => from(image)));
    const one = async (name: string) => {
      for (let round = 0; round < 25; round += 1) {
        expect(await output('run', ...oci, name, 'echo', 'on')).toBe('on');
      }
    };
    await Promise.all(names.map(one));
    await output('rm', ...names);
    expect(await machine.states(`/run/${runtimeName}`)).toEqual([]);
    expect(machine.cgroups()).toEqual([]);
  });
});
