// Every command and option of runc is there, and a test sees what it does. Here are those that no other file is about.

import { existsSync, globSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { commands } from '../src/cli/commands.ts';
import { globalOptions } from '../src/cli/options.ts';
import { hostFacts } from '../src/host/facts.ts';
import { runtimeName } from './support/runtime.ts';
import { cgroupDirectory, Sandbox } from './support/sandbox.ts';
import { until } from './support/until.ts';
import { expectRefusal, quiet } from './support/words.ts';

const sandbox = Sandbox.forFile();
const own = runtimeName === 'slipway';
let started: string[] = [];

/** runc's, of its main branch. */
const runc: Readonly<Record<string, string>> = {
  '': 'debug log log-format root systemd-cgroup rootless help version',
  checkpoint:
    'image-path work-path parent-path leave-running tcp-established tcp-skip-in-flight link-remap ext-unix-sk shell-job lazy-pages status-fd page-server file-locks pre-dump manage-cgroups-mode empty-ns auto-dedup',
  create: 'bundle console-socket pidfd-socket pid-file no-pivot no-new-keyring preserve-fds',
  delete: 'force',
  events: 'interval stats',
  exec: 'console-socket pidfd-socket cwd env tty user additional-gids process detach pid-file process-label apparmor no-new-privs cap preserve-fds cgroup ignore-paused',
  features: '',
  kill: 'all',
  list: 'format quiet',
  pause: '',
  ps: 'format',
  restore:
    'console-socket image-path work-path tcp-established ext-unix-sk shell-job file-locks manage-cgroups-mode bundle detach pid-file no-subreaper no-pivot empty-ns auto-dedup lazy-pages lsm-profile lsm-mount-context',
  resume: '',
  run: 'bundle console-socket pidfd-socket pid-file no-pivot no-new-keyring preserve-fds detach keep no-subreaper',
  spec: 'bundle rootless',
  start: '',
  state: '',
  update:
    'resources blkio-weight cpu-period cpu-quota cpu-burst cpu-share cpu-rt-period cpu-rt-runtime cpuset-cpus cpuset-mems memory memory-reservation memory-swap cpu-idle pids-limit l3-cache-schema mem-bw-schema kernel-memory kernel-memory-tcp',
};

/** runc's letters. */
const letters: Readonly<Record<string, string>> = {
  bundle: 'b',
  detach: 'd',
  force: 'f',
  format: 'f',
  quiet: 'q',
  env: 'e',
  tty: 't',
  user: 'u',
  'additional-gids': 'g',
  process: 'p',
  cap: 'c',
  all: 'a',
  resources: 'r',
  help: 'h',
  version: 'v',
};

function optionsOf(command: string) {
  return command === '' ? globalOptions : (commands[command]?.options ?? {});
}

describe.runIf(own)('the command table', () => {
  test.each(Object.entries(runc))('has all of runc %s', (command, options) => {
    const names = options.split(' ').filter(Boolean);
    expect(Object.keys(optionsOf(command))).toEqual(expect.arrayContaining(names));
    for (const name of names) expect([name, optionsOf(command)[name]?.short]).toEqual([name, letters[name]]);
  });

  const tests = [...globSync('test/{,image/}*.test.ts'), ...globSync('src/**/*.test.ts')]
    .map((path) => readFileSync(path, 'utf8'))
    .join('');

  test.each(['', ...Object.keys(commands)])('a test calls every option of %s', (command) => {
    const missing = Object.keys(optionsOf(command)).filter(
      (name) => !new RegExp(`--${name}(?![\\w-])`).test(tests),
    );
    expect(missing).toEqual([]);
  });
});

async function running(...options: string[]): Promise<string> {
  const id = sandbox.id();
  started.push(id);
  const bundle = sandbox.script('exec sleep 1000');
  expect(await sandbox.run([...options, 'run', '-d', '-b', bundle, id])).toMatchObject({
    status: 0,
    stderr: quiet,
  });
  return id;
}

async function done(...args: string[]): Promise<string> {
  const result = await sandbox.run(args);
  expect(result).toMatchObject({ status: 0, stderr: quiet });
  return result.stdout;
}

afterEach(async () => {
  for (const id of started) await sandbox.run(['delete', '--force', id]);
  started = [];
});

describe.runIf(own)('options of crun', () => {
  test.each(['create', 'run'])('%s --config reads another file', async (command) => {
    const bundle = sandbox.script('exit 5');
    renameSync(`${bundle}/config.json`, `${sandbox.folder}/other.json`);
    const id = sandbox.id();
    started.push(id);
    const result = await sandbox.run([
      command,
      '--no-subreaper',
      '--config',
      `${sandbox.folder}/other.json`,
      '-b',
      bundle,
      id,
    ]);
    expect(result).toEqual({ status: command === 'run' ? 5 : 0, stdout: '', stderr: '' });
    expectRefusal(
      await sandbox.run([command, '-f', '/nosuch.json', '-b', bundle, sandbox.id()]),
      '/nosuch.json not found',
    );
  });

  test('kill --regex and delete --regex act on all that match', async () => {
    const ids = [await running(), await running()];
    const other = await running();
    const pattern = `^(${ids.join('|')})$`;
    await done('kill', '--regex', pattern, 'KILL');
    const status = async (id: string) => JSON.parse(await done('state', id)).status;
    for (const id of ids) await until(async () => (await status(id)) === 'stopped');
    expect(await status(other)).toBe('running');
    await done('delete', '-r', pattern);
    expect((await done('list', '-q')).trim()).toBe(other);
    await done('delete', '--force', '--regex', other);
    expect(await done('list', '-q')).toBe('');
    expectRefusal(await sandbox.run(['kill', '--regex', '(', 'KILL']), '--regex: Invalid regular expression');
  });

  test('--cgroup-manager=disabled leaves a container in the cgroup of the caller', async () => {
    const id = await running('--cgroup-manager=disabled');
    const { pid, bundle } = JSON.parse(await done('state', id));
    expect(readFileSync(`/proc/${pid}/cgroup`, 'utf8')).toBe(readFileSync('/proc/self/cgroup', 'utf8'));
    const { cgroupsPath } = JSON.parse(readFileSync(`${bundle}/config.json`, 'utf8')).linux;
    expect(existsSync(cgroupDirectory('pids', cgroupsPath))).toBe(false);
    expectRefusal(await sandbox.run(['update', '--pids-limit', '5', id]), 'has no cgroups');
    expectRefusal(await sandbox.run(['pause', id]), 'cannot toggle freezer');
    await done('exec', id, 'true');
    const limited = sandbox.script('true', (config) => {
      config.linux.resources.pids = { limit: 5 };
    });
    const options = ['--cgroup-manager', 'disabled', 'run', '-b', limited, sandbox.id()];
    expectRefusal(await sandbox.run(options), '/linux/resources/pids: there are no cgroups');
  });
});

describe('global options', () => {
  test.each(['true', 'false', 'auto'])('--rootless %s changes nothing for root', async (value) => {
    const result = await sandbox.run([
      `--rootless=${value}`,
      'run',
      '-b',
      sandbox.script('echo ran'),
      sandbox.id(),
    ]);
    expect(result).toMatchObject({ status: 0, stdout: 'ran\n' });
  });

  test('--root that does not exist', async () => {
    const result = await sandbox.run(['--root', '/nosuch', 'list']);
    expect(result.status).not.toBe(0);
    if (own) expect(result.stderr).toBe('open /nosuch: no such file or directory (ENOENT)\n');
  });
});

describe('update of realtime scheduling', () => {
  test.runIf(hostFacts().cgroup.v1.length > 0)(
    '--cpu-rt-period and --cpu-rt-runtime reach their files',
    async () => {
      const id = await running();
      const file = `${cgroupDirectory('cpu', await sandbox.cgroupsPath(id))}/cpu.rt_period_us`;
      await done('update', '--cpu-rt-period', '900000', id);
      expect(readFileSync(file, 'utf8')).toBe('900000\n');
      // More than a period is too much on any host.
      const refused = await sandbox.run(['update', '--cpu-rt-runtime', '950000', id]);
      expectRefusal(refused, '/linux/resources/cpu/realtimeRuntime: write "950000"');
    },
  );
});

test('spec --rootless is for a user namespace, without limits', async () => {
  const folder = `${sandbox.folder}/rootless`;
  mkdirSync(folder);
  await done('spec', '--rootless', '--bundle', folder);
  const { linux, mounts } = JSON.parse(readFileSync(`${folder}/config.json`, 'utf8'));
  expect(linux.namespaces.map(({ type }: { type: string }) => type)).toEqual(
    expect.arrayContaining(['user', 'pid', 'mount']),
  );
  expect(JSON.stringify(linux.namespaces)).not.toContain('network');
  expect(linux.uidMappings).toEqual([{ containerID: 0, hostID: 0, size: 1 }]);
  expect(linux.resources).toBe(undefined);
  expect(mounts).toContainEqual(
    expect.objectContaining({ destination: '/sys', source: '/sys', type: 'none' }),
  );
  expect(JSON.stringify(mounts)).not.toContain('gid=');
  if (own) expect(await done('validate', '--bundle', folder)).toBe('config.json is valid\n');
});
