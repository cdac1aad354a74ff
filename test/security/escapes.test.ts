// Known ways out of a container, each by its CVE: what made a runtime vulnerable is tried on this one.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { compileProbe } from '../support/compile.ts';
import { patience } from '../support/patience.ts';
import { runProgram, runtimeName, runtimePath } from '../support/runtime.ts';
import { type AnyConfig, Sandbox } from '../support/sandbox.ts';
import { Terminals } from '../support/terminal.ts';
import { until } from '../support/until.ts';
import { quiet } from '../support/words.ts';

const sandbox = Sandbox.forFile();
const own = runtimeName === 'slipway';
const terminals = new Terminals(sandbox);
let racer: ChildProcess | null = null;
let swap = '';
let seize = '';

beforeAll(() => {
  swap = compileProbe('swap', sandbox.folder);
  seize = compileProbe('seize', sandbox.folder);
});

afterEach(() => {
  racer?.kill('SIGKILL');
  racer = null;
  terminals.close();
});

async function running(bundle: string): Promise<string> {
  const id = sandbox.id();
  const result = await sandbox.run(['run', '-d', '-b', bundle, id]);
  expect(result).toMatchObject({ status: 0, stderr: quiet });
  return id;
}

/** A directory of the host beside the bundle, with a file in it. */
function hostDirectory(): string {
  const path = `${sandbox.folder}/host-${sandbox.id()}`;
  mkdirSync(path);
  writeFileSync(`${path}/file`, 'of the host');
  return path;
}

describe('users of exec', () => {
  test('a name in the image that is a number is none of its users (CVE-2016-3697)', async () => {
    const bundle = sandbox.script('exec sleep 1000');
    writeFileSync(`${bundle}/rootfs/etc/passwd`, '1000:x:0:0::/root:/bin/sh\n');
    const id = await running(bundle);
    const { stdout } = await sandbox.run(['exec', '--user', '1000', id, 'id', '-u']);
    expect(stdout).toBe('1000\n');
  });

  test('what is no number is never uid 0 (CVE-2026-30892)', async () => {
    const id = await running(sandbox.script('exec sleep 1000'));
    const texts = [
      '',
      ':',
      '1:',
      ':1',
      'x',
      '-1',
      '4294967296',
      '4294967295',
      '18446744073709551616',
      '0x1',
      ' 1',
      '+1',
      '1e3',
      '1:x',
      '1:-1',
      '1:2:3',
    ];
    const ran: string[] = [];
    for (const text of texts) {
      const { status, stdout } = await sandbox.run(['exec', '--user', text, id, 'id', '-u']);
      if (status === 0 && stdout.trim() === '0') ran.push(text);
    }
    expect(ran).toEqual([]);
  });
});

test('no program of the host can be written to through /proc/PID/exe (CVE-2019-5736)', {
  timeout: 60_000 * patience,
}, async () => {
  const folder = runtimePath.slice(0, runtimePath.lastIndexOf('/'));
  const programs = own
    ? readdirSync(folder)
        .filter((name) => name.startsWith('slipway'))
        .map((name) => `${folder}/${name}`)
    : [runtimePath];
  const hashes = () => programs.map((path) => createHash('sha256').update(readFileSync(path)).digest('hex'));
  const before = hashes();
  const bundle = sandbox.bundle((config) => {
    config.root.readonly = false;
    config.process.args = ['/seize', '/tmp/report'];
    for (const set of ['bounding', 'effective', 'permitted'])
      config.process.capabilities[set].push('CAP_SYS_PTRACE', 'CAP_DAC_OVERRIDE');
  });
  copyFileSync(seize, `${bundle}/rootfs/seize`);
  writeFileSync(`${bundle}/rootfs/bin/script`, '#!/proc/self/exe\n', { mode: 0o755 });
  const id = await running(bundle);
  for (let round = 0; round < 100; round++) {
    await sandbox.run(['exec', id, '/bin/true']);
    await sandbox.run(['exec', id, '/proc/self/exe', '--version']);
    await sandbox.run(['exec', id, '/bin/script']);
  }
  await sandbox.run(['kill', id, 'TERM']);
  const report = `${bundle}/rootfs/tmp/report`;
  await until(() => readFileSync(report, 'utf8').endsWith('\n'));
  expect(JSON.parse(readFileSync(report, 'utf8')).writable).toBe(0);
  expect(hashes()).toEqual(before);
});

describe('a volume where others exchange a directory and a link to the host', () => {
  const rounds = own || process.env.WRITE_SECURITY !== undefined ? 200 : 40;

  /** A volume with `d`, a directory, and `l`, a link to a directory of the host, which take turns. */
  function racingVolume(): { readonly volume: string; readonly host: string } {
    const host = hostDirectory();
    const volume = `${sandbox.folder}/volume-${sandbox.id()}`;
    mkdirSync(`${volume}/d`, { recursive: true });
    symlinkSync(host, `${volume}/l`);
    racer = spawn(swap, [`${volume}/d`, `${volume}/l`], { stdio: 'ignore' });
    return { volume, host };
  }

  test(`gets no mount on the host, ${rounds} times (CVE-2021-30465)`, {
    timeout: 60_000 * patience,
  }, async () => {
    const { volume, host } = racingVolume();
    // Seen where the mounts are made, before the root is changed.
    const hook = {
      path: '/bin/sh',
      args: ['sh', '-c', `grep -q ' ${host} ' /proc/self/mountinfo && echo > ${host}-mounted; true`],
    };
    const bundle = sandbox.script('true', (config) => {
      config.hooks = { createContainer: [hook] };
      config.mounts.push({ destination: '/volume', type: 'bind', source: volume, options: ['rbind'] });
      config.mounts.push({ destination: '/volume/d', type: 'tmpfs', source: 'tmpfs' });
    });
    for (let round = 0; round < rounds; round++) {
      const id = sandbox.id();
      await sandbox.run(['create', '-b', bundle, id]);
      await sandbox.run(['delete', '--force', id]);
    }
    expect(existsSync(`${host}-mounted`)).toBe(false);
    expect(readdirSync(host)).toEqual(['file']);
  });

  test(`gets no file or directory made on the host, ${rounds} times (CVE-2024-45310)`, {
    timeout: 60_000 * patience,
  }, async () => {
    const { volume, host } = racingVolume();
    const bundle = sandbox.script('true', (config) => {
      config.mounts.push({ destination: '/volume', type: 'bind', source: volume, options: ['rbind'] });
      config.mounts.push({ destination: '/volume/d/made/inner', type: 'tmpfs', source: 'tmpfs' });
      config.mounts.push({
        destination: '/volume/d/mask',
        type: 'bind',
        source: '/dev/null',
        options: ['bind'],
      });
    });
    for (let round = 0; round < rounds; round++) {
      const id = sandbox.id();
      await sandbox.run(['create', '-b', bundle, id]);
      await sandbox.run(['delete', '--force', id]);
      rmSync(`${volume}/d/made`, { recursive: true, force: true });
    }
    expect(readdirSync(host)).toEqual(['file']);
  });
});

describe('documents longer than a length of 16 bits (CVE-2021-43784)', () => {
  test('maps: the namespaces are those that were asked for, or none is', async () => {
    const bundle = sandbox.script(
      'readlink /proc/self/ns/user /proc/self/ns/net /proc/self/ns/pid',
      (config) => {
        config.linux.namespaces.push({ type: 'user' });
        const maps = Array.from({ length: 5000 }, (_, index) => ({
          containerID: index,
          hostID: 100_000 + index * 2,
          size: 1,
        }));
        config.linux.uidMappings = maps;
        config.linux.gidMappings = maps;
      },
    );
    sandbox.giveRootfs(bundle);
    const { status, stdout } = await sandbox.run(['run', '-b', bundle, sandbox.id()]);
    // The kernel takes 340 lines.
    expect({ failed: status !== 0, stdout }).toEqual({ failed: true, stdout: '' });
  });

  test.each(['network', 'user', 'pid'])(
    'a path of 70,000 characters of a %s namespace is an error',
    async (type) => {
      const bundle = sandbox.script('true', (config) => {
        config.linux.namespaces = config.linux.namespaces.filter(
          (namespace: AnyConfig) => namespace.type !== type,
        );
        config.linux.namespaces.push({ type, path: `/${'n/'.repeat(35_000)}` });
      });
      expect((await sandbox.run(['run', '-b', bundle, sandbox.id()])).status).not.toBe(0);
    },
  );

  test('arguments and variables arrive whole', async () => {
    const long = 'x'.repeat(100_000);
    const bundle = sandbox.bundle((config) => {
      config.process.args = [
        '/bin/sh',
        '-c',
        'printf %s "$1" | wc -c; printf %s "$LONG" | wc -c',
        'sh',
        long,
      ];
      config.process.env.push(`LONG=${long}`);
    });
    expect(await sandbox.output(bundle)).toBe('100000\n100000\n');
  });
});

describe('fds of the runtime (CVE-2024-21626)', () => {
  const fds = Array.from({ length: 28 }, (_, index) => index + 3);
  const show = 'cat ../../../../../../../../../..';

  test('none is a way for the working directory, the program or PATH of run', {
    timeout: 60_000 * patience,
  }, async () => {
    const host = `${hostDirectory()}/file`;
    for (const fd of fds) {
      const at = `/proc/self/fd/${fd}`;
      for (const change of [
        (config: AnyConfig) => {
          config.process.cwd = at;
          config.process.args = ['/bin/sh', '-c', `${show}${host}`];
        },
        (config: AnyConfig) => {
          config.process.args = [`${at}/../../../../../../../../bin/cat`, host];
        },
        (config: AnyConfig) => {
          config.process.env = [`PATH=${at}/../../../../../../../../bin`];
          config.process.args = ['cat', host];
        },
      ]) {
        const { stdout } = await sandbox.run(['run', '-b', sandbox.bundle(change), sandbox.id()]);
        expect(stdout).not.toContain('of the host');
      }
    }
  });

  test('none is a way for the working directory or the program of exec', {
    timeout: 60_000 * patience,
  }, async () => {
    const host = `${hostDirectory()}/file`;
    const id = await running(sandbox.script('exec sleep 1000'));
    for (const fd of fds) {
      const at = `/proc/self/fd/${fd}`;
      const results = [
        await sandbox.run(['exec', '--cwd', at, id, '/bin/sh', '-c', `${show}${host}`]),
        await sandbox.run(['exec', id, `${at}/../../../../../../../../bin/cat`, host]),
      ];
      expect(results.map(({ stdout }) => stdout)).toEqual(['', '']);
    }
  });
});

test('exec gives no inheritable capability (CVE-2022-24769, CVE-2022-29162, CVE-2022-27650, CVE-2025-27612)', async () => {
  const id = await running(
    sandbox.script('exec sleep 1000', (config) => {
      for (const set of ['inheritable', 'ambient']) config.process.capabilities[set] = [];
    }),
  );
  for (const options of [[], ['--cap', 'CAP_CHOWN'], ['--cap', 'CAP_NET_RAW', '--user', '1000']]) {
    const { stdout } = await sandbox.run(['exec', ...options, id, 'grep', 'CapInh', '/proc/self/status']);
    expect(stdout).toBe('CapInh:\t0000000000000000\n');
  }
});

test('kernel parameters go to the kernel, whatever an image has at /proc (CVE-2025-52881)', async () => {
  const file = `${hostDirectory()}/file`;
  const bundle = sandbox.script('true', (config) => {
    config.linux.sysctl = { 'net.ipv4.ip_forward': '1' };
    config.mounts = config.mounts.filter(({ destination }: AnyConfig) => destination !== '/proc');
  });
  mkdirSync(`${bundle}/rootfs/proc/sys/net/ipv4`, { recursive: true });
  symlinkSync(file, `${bundle}/rootfs/proc/sys/net/ipv4/ip_forward`);
  await sandbox.run(['run', '-b', bundle, sandbox.id()]);
  expect(readFileSync(file, 'utf8')).toBe('of the host');
});

test('a working directory that is a link stays inside the root (CVE-2026-55686)', async () => {
  const bundle = sandbox.script('pwd -P; ls -d bin', (config) => {
    config.process.cwd = '/w/../..';
  });
  symlinkSync('/', `${bundle}/rootfs/w`);
  expect(await sandbox.output(bundle)).toBe('/\nbin\n');
});

test.each([[['FOO']], [['FOO', 'PATH=/bin']], [['']], [['=']], [['=x', 'PATH=/bin']]])(
  'environment entries without "=": %j (CVE-2026-57231)',
  async (env) => {
    const bundle = sandbox.bundle((config) => {
      config.process.env = env;
      config.process.args = ['/bin/env'];
    });
    const { status, stdout } = await sandbox.run(['run', '-b', bundle, sandbox.id()]);
    // Refused, or passed as it is, and nothing beside it.
    const beside = stdout
      .split('\n')
      .filter((line) => line !== '' && !env.includes(line) && !/^(HOME|PATH)=/.test(line));
    expect({ ended: status < 128, beside }).toEqual({ ended: true, beside: [] });
  },
);

/** A file of hostDirectory(), with its owner. */
function expectUntouched(file: string): void {
  const { uid, gid, size } = statSync(file);
  expect({ uid, gid, size, text: readFileSync(file, 'utf8') }).toEqual({
    uid: 0,
    gid: 0,
    size: 11,
    text: 'of the host',
  });
}

describe('links of an image at /dev', () => {
  /** A bundle without a mount at /dev, whose image has a link there to a file of the host. */
  function linking(
    name: string,
    change: (config: AnyConfig) => void,
  ): { readonly bundle: string; readonly file: string } {
    const file = `${hostDirectory()}/file`;
    const bundle = sandbox.script('true', (config) => {
      config.root.readonly = false;
      config.linux.maskedPaths = [];
      config.mounts = config.mounts.filter(({ destination }: AnyConfig) => !destination.startsWith('/dev'));
      config.process.user = { uid: 1000, gid: 1000 };
      change(config);
    });
    symlinkSync(file, `${bundle}/rootfs/dev/${name}`);
    return { bundle, file };
  }

  test.each(['console', 'null', 'ptmx', 'tty', 'fd', 'stdout'])(
    '/dev/%s leads to no file of the host (CVE-2026-88264, CVE-2026-88265)',
    async (name) => {
      const { bundle, file } = linking(name, () => undefined);
      await sandbox.run(['run', '-b', bundle, sandbox.id()]);
      expectUntouched(file);
    },
  );

  test.each(['console', 'null', 'ptmx'])(
    'nor does it with a terminal: /dev/%s (CVE-2025-52565)',
    async (name) => {
      const { bundle, file } = linking(name, (config) => {
        config.process.terminal = true;
        config.mounts.push({
          destination: '/dev/pts',
          type: 'devpts',
          source: 'devpts',
          options: ['newinstance', 'ptmxmode=0666'],
        });
      });
      const id = sandbox.id();
      const { terminal } = await terminals.run('run', '-b', bundle, id);
      await terminal.report();
      await sandbox.run(['delete', '--force', id]);
      expectUntouched(file);
    },
  );

  test('a directory of the host at /dev/pts is no devpts, whatever links are in it (CVE-2025-52565)', async () => {
    const host = hostDirectory();
    for (const name of ['ptmx', '0']) symlinkSync(`${host}/file`, `${host}/${name}`);
    const bundle = sandbox.script('true', (config) => {
      config.process.terminal = true;
      config.mounts = config.mounts.filter(({ destination }: AnyConfig) => destination !== '/dev/pts');
      config.mounts.push({ destination: '/dev/pts', type: 'bind', source: host, options: ['bind'] });
    });
    const { terminal } = await terminals.run('run', '-b', bundle, sandbox.id());
    expect(await terminal.report()).not.toMatch(/^0 /);
    const { uid } = statSync(`${host}/file`);
    expect({ uid, text: readFileSync(`${host}/file`, 'utf8') }).toEqual({ uid: 0, text: 'of the host' });
  });
});

test('no cgroup of others can be written to (CVE-2022-0492, CVE-2023-25809)', async () => {
  const bundle = sandbox.script(
    'for f in $(find /sys/fs/cgroup -name release_agent -o -name cgroup.procs); do (echo 0 > $f) 2> /dev/null && echo $f; done; true',
    (config) => {
      config.process.capabilities.effective.push('CAP_DAC_OVERRIDE');
      config.process.capabilities.permitted.push('CAP_DAC_OVERRIDE');
      config.process.capabilities.bounding.push('CAP_DAC_OVERRIDE');
    },
  );
  spawnSync('ln', ['-s', 'busybox', `${bundle}/rootfs/bin/find`]);
  expect(await sandbox.output(bundle)).toBe('');
});

test.runIf(own)(
  'where no file in memory may be executed, the init runs from a read-only mount (vm.memfd_noexec)',
  async () => {
    const id = sandbox.id();
    const bundle = sandbox.script('echo ran');
    // The parameter is one of the pid namespace.
    const script = `echo 2 > /proc/sys/vm/memfd_noexec || exit 99
    "$1" --root "$2" create --bundle "$3" --pid-file "$2/pid" "$4" || exit 98
    exec 3< "/proc/$(cat "$2/pid")/exe"
    "$1" --root "$2" start "$4"; sleep 0.3; "$1" --root "$2" delete --force "$4"; rm "$2/pid"
    (: >> /proc/self/fd/3); true`;
    const command = ['sh', '-c', script, 'sh', runtimePath, sandbox.root, bundle, id];
    const { status, stdout, stderr } = await runProgram(
      '/usr/bin/unshare',
      ['--pid', '--fork', '--mount-proc', '--propagation', 'private', ...command],
      { folder: sandbox.folder },
    );
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'ran\n' });
    expect(stderr).toMatch(/fd\/3: Read-only file system\n$/);
  },
);
