// What users do with podman and docker alike, as tests of one engine.

import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { compileProbe } from '../support/compile.ts';
import { Terminal } from '../support/terminal.ts';
import { cgroupFiles } from './cgroup-files.ts';
import { type Engine, limits } from './engine.ts';
import { image } from './image.ts';

const forever = ['sleep', '1000'];

/** A program that ends with a status of its own when a signal comes. */
function trapping(signal: string, status: number): readonly string[] {
  return ['sh', '-c', `trap "exit ${status}" ${signal}; echo ready; while :; do sleep 0.05; done`];
}

export function testFeatures(engine: () => Engine): void {
  /** A folder of the machine that is not another test's. */
  function folder(): string {
    return engine().machine.makeFolder(`volumes/${engine().name()}`);
  }

  /** Runs the engine at a real terminal. */
  function atTerminal(...args: readonly string[]): Terminal {
    const { machine, command } = engine();
    const program = compileProbe('terminal', machine.folder);
    const terminal = new Terminal(program, ['run', ...machine.enter([...command, ...args])]);
    onTestFinished(() => terminal.close());
    return terminal;
  }

  async function ready(name: string): Promise<void> {
    await expect.poll(() => engine().output('logs', name)).toContain('ready');
  }

  test('run: output and exit status', async () => {
    const result = await engine().run([], 'sh', '-c', 'echo out; echo err >&2; exit 3');
    expect(result).toMatchObject({ status: 3, stdout: 'out\n', stderr: 'err\n' });
  });

  test('run -i: stdin', async () => {
    const stdin = `${folder()}/stdin`;
    writeFileSync(stdin, 'a line\n');
    const { machine, command, defaults } = engine();
    const program = [...command, 'run', '--rm', '-i', ...defaults, image, 'cat'];
    expect(await machine.run(program, { stdin })).toMatchObject({ status: 0, stdout: 'a line\n' });
  });

  test.each([
    ['nosuch', 127, 'executable file not found in $PATH'],
    ['/nosuch', 127, 'no such file or directory'],
    ['/etc/passwd', 126, 'permission denied'],
    ['/etc', 126, 'permission denied'],
  ])('run: a program that cannot be: %s is status %i', async (program, status, text) => {
    const result = await engine().run([], program);
    expect(result).toMatchObject({ status, stderr: expect.stringContaining(text) });
  });

  test('run -d: its output in logs, its status from wait', async () => {
    const name = await engine().start([], 'sh', '-c', 'echo out; echo err >&2; exit 4');
    expect(await engine().output('wait', name)).toBe('4');
    expect(await engine().call(['logs', name])).toMatchObject({ stdout: 'out\n', stderr: 'err\n' });
    expect(await engine().inspect(name, '{{.State.Status}} {{.State.ExitCode}}')).toBe('exited 4');
    await engine().remove(name);
  });

  test('run -it: a terminal, with its size', async () => {
    const terminal = atTerminal('run', '--rm', '-it', ...engine().defaults, image, 'sh');
    await terminal.shows(/# /);
    terminal.type('stty size; tty; exit 5\n');
    await terminal.shows(/24 80\r\n\/dev\/pts\/0/);
    await terminal.report();
    expect(await terminal.report()).toBe('5 restored');
  });

  test('create and start', async () => {
    const name = engine().name();
    await engine().output('create', '--name', name, ...engine().defaults, image, 'echo', 'made');
    expect(await engine().inspect(name, '{{.State.Status}}')).toBe('created');
    expect(await engine().output('start', '--attach', name)).toBe('made');
    expect(await engine().output('start', '--attach', name)).toBe('made');
    await engine().remove(name);
  });

  test('exec: output, status, stdin, environment, directory', async () => {
    const name = await engine().start(['--env', 'A=1'], ...forever);
    const options = ['--env', 'B=2', '--workdir', '/tmp'];
    const result = await engine().call(['exec', ...options, name, 'sh', '-c', 'echo $A$B; pwd; exit 6']);
    expect(result).toMatchObject({ status: 6, stdout: '12\n/tmp\n' });
    const stdin = `${folder()}/stdin`;
    writeFileSync(stdin, 'a line\n');
    expect(await engine().call(['exec', '-i', name, 'cat'], { stdin })).toMatchObject({ stdout: 'a line\n' });
    await engine().remove(name);
  });

  test('exec: as another user', async () => {
    const name = await engine().start([], ...forever);
    expect(await engine().output('exec', '--user', '1000:2000', name, 'id')).toMatch(
      /^uid=1000\(user\) gid=2000/,
    );
    expect(await engine().output('exec', '--user', 'user', name, 'id', '-u')).toBe('1000');
    await engine().remove(name);
  });

  test('exec -d', async () => {
    const name = await engine().start([], ...forever);
    await engine().output('exec', '-d', name, 'sh', '-c', 'echo done > /tmp/done; sleep 1000');
    await expect
      .poll(async () => (await engine().call(['exec', name, 'cat', '/tmp/done'])).stdout)
      .toBe('done\n');
    await engine().remove(name);
  });

  test('exec -it', async () => {
    const name = await engine().start([], ...forever);
    const terminal = atTerminal('exec', '-it', name, 'sh');
    await terminal.shows(/# /);
    terminal.type('tty; exit 7\n');
    await terminal.shows(/\/dev\/pts\/0/);
    await terminal.report();
    expect(await terminal.report()).toBe('7 restored');
    await engine().remove(name);
  });

  test.each([
    ['nosuch', 'executable file not found in $PATH'],
    ['/nosuch', 'no such file or directory'],
    ['/etc/passwd', 'permission denied'],
  ])('exec: a program that cannot be: %s', async (program, text) => {
    const name = await engine().start([], ...forever);
    const { status, stdout, stderr } = await engine().call(['exec', name, program]);
    expect(stdout + stderr).toContain(text);
    expect(status).toBe(text === 'permission denied' ? 126 : engine().execNotFound);
    await engine().remove(name);
  });

  test('stop: its signal, and SIGKILL after the time-out', async () => {
    const polite = await engine().start(['--stop-signal', 'INT'], ...trapping('INT', 8));
    await ready(polite);
    await engine().output('stop', polite);
    expect(await engine().inspect(polite, '{{.State.ExitCode}}')).toBe('8');
    const deaf = await engine().start([], ...forever);
    await engine().output('stop', '--time', '1', deaf);
    expect(await engine().inspect(deaf, '{{.State.ExitCode}}')).toBe('137');
    await engine().remove(polite, deaf);
  });

  test('kill: a signal by name and by number', async () => {
    const first = await engine().start([], ...trapping('USR1', 9));
    await ready(first);
    await engine().output('kill', '--signal', 'USR1', first);
    expect(await engine().output('wait', first)).toBe('9');
    const second = await engine().start([], ...forever);
    await engine().output('kill', '--signal', '9', second);
    expect(await engine().output('wait', second)).toBe('137');
    await engine().remove(first, second);
  });

  test('pause and unpause', async () => {
    const volume = folder();
    const name = await engine().start(
      ['--volume', `${volume}:/v`],
      ...['sh', '-c', 'while :; do echo >> /v/count; sleep 0.02; done'],
    );
    const size = () => statSync(`${volume}/count`).size;
    await engine().output('pause', name);
    expect(await engine().inspect(name, '{{.State.Status}}')).toBe('paused');
    const before = size();
    await sleep(300);
    expect(size()).toBe(before);
    await engine().output('unpause', name);
    await expect.poll(size).toBeGreaterThan(before);
    await engine().remove(name);
  });

  test('update: memory and cpu', async () => {
    const name = await engine().start(['--memory', '64m', '--memory-swap', '64m', '--cpus', '1'], ...forever);
    const memory = cgroupFiles('memory/memory.limit_in_bytes', 'memory.max');
    expect(await engine().output('exec', name, ...memory)).toBe(String(64 << 20));
    await engine().output('update', '--memory', '96m', '--memory-swap', '96m', '--cpus', '0.5', name);
    expect(await engine().output('exec', name, ...memory)).toBe(String(96 << 20));
    const cpu = await engine().output('exec', name, ...cgroupFiles('cpu/cpu.cfs_quota_us', 'cpu.max'));
    expect(cpu).toMatch(/^50000/);
    await engine().remove(name);
  });

  test('stats, top and inspect', async () => {
    const name = await engine().start(['--memory', '64m'], ...forever);
    const stats = await engine().output('stats', '--no-stream', '--format', '{{.MemUsage}} {{.PIDs}}', name);
    expect(stats).toMatch(/^[1-9.]\S+ \/ (64MiB|67.11MB) 1$/);
    expect(await engine().output('top', name)).toContain('sleep 1000');
    const pid = await engine().inspect(name, '{{.State.Pid}}');
    const { stdout } = await engine().machine.run(['cat', `/proc/${pid}/cmdline`]);
    expect(stdout).toBe('sleep\u00001000\u0000');
    expect(await engine().inspect(name, '{{.State.Status}}')).toBe('running');
    await engine().remove(name);
  });

  test('restart policies', async () => {
    const volume = folder();
    const failing = await engine().start(
      ['--restart', 'on-failure:2', '--volume', `${volume}:/v`],
      ...['sh', '-c', 'echo >> /v/runs; exit 1'],
    );
    await expect.poll(() => readFileSync(`${volume}/runs`, 'utf8'), { timeout: 10_000 }).toBe('\n\n\n');
    const always = await engine().start(['--restart', 'always'], ...forever);
    const pid = await engine().inspect(always, '{{.State.Pid}}');
    await engine().machine.run(['kill', '-9', pid]);
    const now = () => engine().inspect(always, '{{.State.Status}} {{.State.Pid}}');
    await expect.poll(now, { timeout: 10_000 }).toMatch(new RegExp(`^running (?!${pid}$)[1-9]`));
    await engine().remove(failing, always);
  });

  test('a limit of memory: the OOM kill is reported', async () => {
    const name = engine().name();
    const options = ['--name', name, ...engine().defaults, '--memory', '32m', '--memory-swap', '32m'];
    const eating = ['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=200M', 'count=1'];
    expect(await engine().call(['run', ...options, image, ...eating])).toMatchObject({ status: 137 });
    expect(await engine().toldOfOom(name)).toBe(true);
    await engine().remove(name);
  });

  test('a limit of cpu: the program is throttled', async () => {
    const burning =
      'timeout 1 sh -c "while :; do :; done"; cat /sys/fs/cgroup/cpu/cpu.stat /sys/fs/cgroup/cpu.stat';
    const { stdout } = await engine().run(['--cpus', '0.2'], 'sh', '-c', burning);
    expect(Number(/nr_throttled (\d+)/.exec(stdout)?.[1])).toBeGreaterThan(3);
  });

  test('a limit of processes: no more can be made', async () => {
    const forking = 'for i in 1 2 3 4 5 6 7 8; do sleep 5 & done';
    const { stderr } = await engine().run(['--pids-limit', '5'], 'sh', '-c', forking);
    expect(stderr).toContain("can't fork");
  });

  test('volumes: writable, read-only, tmpfs', async () => {
    const [writable, readOnly] = [folder(), folder()];
    writeFileSync(`${readOnly}/file`, 'kept');
    const options = [
      '--volume',
      `${writable}:/w`,
      '--volume',
      `${readOnly}:/r:ro`,
      '--tmpfs',
      '/t:size=1m,mode=700',
    ];
    const script = 'cp /r/file /w/copy; touch /r/new; stat -c %a /t; df -k /t | tail -1';
    const { stdout, stderr } = await engine().run(options, 'sh', '-c', script);
    expect(readFileSync(`${writable}/copy`, 'utf8')).toBe('kept');
    expect(stderr).toContain('/r/new: Read-only file system');
    expect(stdout).toMatch(/^700\ntmpfs +1024 /);
  });

  test('volumes: a file on a link that dangles', async () => {
    const options = ['--volume', '/etc/passwd:/etc/localtime:ro'];
    expect(await engine().prints(options, 'cat', '/usr/share/zoneinfo/Here')).toContain('root:');
  });

  test('volumes: propagation', async () => {
    const volume = folder();
    const { machine } = engine();
    mkdirSync(`${volume}/later`);
    await machine.run(['mount', '--bind', volume, volume]);
    await machine.run(['mount', '--make-shared', volume]);
    const slave = await engine().start(['--volume', `${volume}:/v:rslave`], ...forever);
    const apart = await engine().start(['--volume', `${volume}:/v:rprivate`], ...forever);
    await machine.run(['mount', '-t', 'tmpfs', 'tmpfs', `${volume}/later`]);
    expect(await engine().output('exec', slave, 'grep', '-c', '/v/later', '/proc/mounts')).toBe('1');
    expect(await engine().call(['exec', apart, 'grep', '/v/later', '/proc/mounts'])).toMatchObject({
      status: 1,
    });
    await engine().remove(slave, apart);
    await machine.run(['umount', '-R', volume]);
  });

  test('--user, --group-add, --workdir, --env, --hostname', async () => {
    const options = [
      '--user',
      'user:2000',
      '--group-add',
      '3000',
      '--workdir',
      '/tmp',
      '--env',
      'A=b',
      '--hostname',
      'h',
    ];
    const shown = await engine().prints(options, 'sh', '-c', 'id; pwd; echo $A; hostname');
    expect(shown.split('\n')).toEqual(['uid=1000(user) gid=2000 groups=2000,3000', '/tmp', 'b', 'h']);
  });

  test('--cap-add and --cap-drop', async () => {
    const effective = ['grep', 'CapEff', '/proc/self/status'];
    const netRaw = ['--cap-drop', 'ALL', '--cap-add', 'NET_RAW'];
    expect(await engine().prints(netRaw, ...effective)).toBe('CapEff:\t0000000000002000');
    expect(await engine().prints(['--cap-drop', 'CHOWN'], ...effective)).toMatch(/[02468ace]$/);
  });

  test('--privileged', async () => {
    const script =
      'grep CapEff /proc/self/status; mount -t tmpfs tmpfs /tmp && test -e /dev/kmsg && echo all';
    const shown = await engine().prints(['--privileged'], 'sh', '-c', script);
    expect(shown).toMatch(/CapEff:\t000000?[13][0-9a-f]*ffff\nall$/);
  });

  test('--security-opt: seccomp and no-new-privileges', async () => {
    const seccomp = ['sh', '-c', 'grep Seccomp: /proc/self/status; mkdir /tmp/made'];
    expect(await engine().run([], ...seccomp)).toMatchObject({ status: 0, stdout: 'Seccomp:\t2\n' });
    const unconfined = await engine().prints(['--security-opt', 'seccomp=unconfined'], ...seccomp);
    expect(unconfined).toBe('Seccomp:\t0');
    const profile = `${folder()}/seccomp.json`;
    const denied = [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO' }];
    writeFileSync(profile, JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: denied }));
    const own = await engine().run(['--security-opt', `seccomp=${profile}`], ...seccomp);
    expect(own).toMatchObject({ status: 1, stderr: expect.stringContaining('Operation not permitted') });
    const noNew = ['--security-opt', 'no-new-privileges'];
    expect(await engine().prints(noNew, 'grep', 'NoNewPrivs', '/proc/self/status')).toBe('NoNewPrivs:\t1');
  });

  test('--device, with its access', async () => {
    const script =
      'stat -c "%F %t:%T" /dev/mine; exec 3< /dev/mine && echo read; exec 4> /dev/mine && echo write';
    const { stdout, stderr } = await engine().run(['--device', '/dev/fuse:/dev/mine:r'], 'sh', '-c', script);
    expect(stdout).toBe('character special file a:e5\nread\n');
    expect(stderr).toContain('Operation not permitted');
  });

  test('--sysctl and --ulimit', async () => {
    const options = ['--sysctl', 'kernel.msgmax=1000', '--ulimit', 'fsize=1000000:2000000'];
    const script = 'cat /proc/sys/kernel/msgmax; grep "Max file size" /proc/self/limits';
    expect(await engine().prints(options, 'sh', '-c', script)).toMatch(
      /^1000\nMax file size +1000000 +2000000 /,
    );
  });

  test('--read-only', async () => {
    const result = await engine().run(
      ['--read-only', '--tmpfs', '/tmp'],
      'sh',
      '-c',
      'touch /tmp/a && touch /b',
    );
    expect(result).toMatchObject({ status: 1, stderr: 'touch: /b: Read-only file system\n' });
  });

  test('--pid=host, --ipc=host, --uts=host', async () => {
    const options = ['--pid', 'host', '--ipc', 'host', '--uts', 'host'];
    const shown = await engine().prints(
      options,
      'sh',
      '-c',
      'cat /proc/1/comm; hostname; readlink /proc/self/ns/ipc',
    );
    const { stdout } = await engine().machine.run(['readlink', '/proc/self/ns/ipc']);
    expect(shown.split('\n')).toEqual(['tini-static', engine().machine.name, stdout.trim()]);
  });

  test('--init', async () => {
    expect(await engine().prints(['--init'], 'sh', '-c', 'cat /proc/1/comm; echo $PPID')).toMatch(
      /init|catatonit/,
    );
  });

  test('namespaces of another container', async () => {
    const first = await engine().start(['--ipc', 'shareable', '--hostname', 'first'], ...forever);
    const shared = ['pid', 'ipc', 'network'].flatMap((type) => [`--${type}`, `container:${first}`]);
    const options = [...limits, '--cgroup-parent', `/${engine().machine.name}`, ...shared];
    const shown = await engine().output('run', '--rm', ...options, image, 'ps', '-o', 'args');
    expect(shown).toContain('sleep 1000');
    const links = ['sh', '-c', 'cd /proc/self/ns; readlink net; readlink ipc; readlink pid'];
    expect(await engine().output('run', '--rm', ...options, image, ...links)).toBe(
      await engine().output('exec', first, ...links),
    );
    await engine().remove(first);
  });

  test('cp, diff, commit and rename go on working', async () => {
    const volume = folder();
    writeFileSync(`${volume}/file`, 'text');
    const name = await engine().start([], ...forever);
    await engine().output('cp', `${volume}/file`, `${name}:/tmp/file`);
    expect(await engine().output('exec', name, 'cat', '/tmp/file')).toBe('text');
    expect(await engine().output('diff', name)).toContain('A /tmp/file');
    const other = engine().name();
    await engine().output('rename', name, other);
    expect(await engine().output('exec', other, 'echo', 'there')).toBe('there');
    await engine().remove(other);
  });

  test('build: RUN and COPY', async () => {
    const context = folder();
    writeFileSync(`${context}/copied`, 'copied');
    const lines = [
      `FROM ${image}`,
      'COPY copied /copied',
      'RUN echo made > /made && test "$(id -u)" = 0',
      'USER 1000',
      'RUN id -u > /tmp/user',
      'CMD cat /copied /made /tmp/user',
    ];
    writeFileSync(`${context}/Dockerfile`, lines.join('\n'));
    const options = [...limits, '--cgroup-parent', `/${engine().machine.name}/build`, '--network', 'none'];
    await engine().output('build', ...options, '--tag', 'localhost/built:1', context);
    const run = ['run', '--rm', ...engine().defaults, 'localhost/built:1'];
    expect(await engine().output(...run)).toBe('copiedmade\n1000');
    writeFileSync(`${context}/Dockerfile`, `FROM ${image}\nRUN exit 3`);
    const failed = await engine().call(['build', ...options, '--force-rm', context]);
    expect(failed.status).not.toBe(0);
    expect(failed.stdout + failed.stderr).toMatch(/exit status 3|returned a non-zero code: 3/);
  });

  test('100 containers leave nothing', async () => {
    // podman loses the output of a short program now and then, with any runtime: the status counts.
    const one = async () => {
      for (let round = 0; round < 25; round += 1)
        expect(await engine().run([], 'echo', 'on')).toMatchObject({ status: 0, stderr: '' });
    };
    await Promise.all([one(), one(), one(), one()]);
    await expect.poll(() => engine().left()).toEqual([]);
  });
}
