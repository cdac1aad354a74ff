// Callers without root: a user of the host, with and without newuidmap(1) and delegated cgroups, and root of a user namespace.

import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostFacts } from '../src/host/facts.ts';
import { asUser as becomeUser, makeRootless } from './support/rootless.ts';
import { type Result, runProgram, runtimeName, runtimePath } from './support/runtime.ts';
import { type AnyConfig, Sandbox } from './support/sandbox.ts';
import { expectRefusal, quiet, says } from './support/words.ts';

const sandbox = Sandbox.forFile();
const user = 1500;
/** A group of the user that no container has an id for. */
const otherGroup = 1600;

chmodSync(sandbox.folder, 0o755);
chownSync(sandbox.root, user, user);

const setpriv = becomeUser(user, otherGroup);
const runtime = [runtimePath, '--root', sandbox.root];

function program([path = '', ...args]: readonly string[]): Promise<Result> {
  return runProgram(path, args, { folder: sandbox.folder });
}

/** Runs the runtime as the user. */
function asUser(...args: readonly string[]): Promise<Result> {
  return program([...setpriv, ...runtime, ...args]);
}

/** A shell script as the program; what `spec --rootless` makes around it. */
function script(text: string, change: (config: AnyConfig) => void = () => undefined): string {
  return sandbox.bundle((config) => {
    makeRootless(config, user, text);
    change(config);
  });
}

async function runAsUser(bundle: string): Promise<string> {
  const result = await asUser('run', '--bundle', bundle, sandbox.id());
  expect(result).toMatchObject({ status: 0, stderr: quiet });
  return result.stdout;
}

async function refuses(bundle: string, words: string | RegExp): Promise<void> {
  const id = sandbox.id();
  expectRefusal(await asUser('run', '--bundle', bundle, id), words);
  expect(existsSync(`${sandbox.root}/${id}`)).toBe(false);
}

function withDeviceRules(): string {
  return script('true', (config) => {
    config.linux.resources = { devices: [{ allow: false, access: 'rwm' }] };
  });
}

function leaveOutUserNamespace({ linux }: AnyConfig): void {
  linux.namespaces = linux.namespaces.filter(({ type }: AnyConfig) => type !== 'user');
  delete linux.uidMappings;
  delete linux.gidMappings;
}

const words = (text: string) => text.trim().split(/\s+/);

describe('a user', () => {
  test('is root of a user namespace with that id alone, and keeps the groups that nobody may drop', async () => {
    const out = await runAsUser(
      script('cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups; id -u; id -G; hostname'),
    );
    const map = ['0', String(user), '1'];
    // What ids without a mapping are seen as.
    const overflow = readFileSync('/proc/sys/kernel/overflowgid', 'utf8').trim();
    expect(words(out)).toEqual([...map, ...map, 'deny', '0', '0', overflow, 'slipway']);
  });

  test('is the same id in the container where the map says so', async () => {
    const bundle = script('cat /proc/self/uid_map; id -u; id -g; echo x > /dev/null', (config) => {
      for (const map of [...config.linux.uidMappings, ...config.linux.gidMappings]) map.containerID = user;
      config.process.user = { uid: user, gid: user };
    });
    const id = String(user);
    expect(words(await runAsUser(bundle))).toEqual([id, id, '1', id, id]);
  });

  test('runs what spec --rootless makes', async () => {
    const bundle = sandbox.bundle();
    const folder = `${sandbox.folder}/own`;
    mkdirSync(folder);
    chownSync(folder, user, user);
    expect(await asUser('spec', '--rootless', '--bundle', folder)).toMatchObject({ status: 0 });
    const config = JSON.parse(readFileSync(`${folder}/config.json`, 'utf8'));
    config.process.terminal = false;
    config.process.args = ['id', '-u'];
    config.root.path = `${bundle}/rootfs`;
    writeFileSync(`${folder}/config.json`, JSON.stringify(config));
    expect(await runAsUser(folder)).toBe('0\n');
  });

  test('finds the devices of the host, and can use them', async () => {
    const out = await runAsUser(
      script('head -c 3 /dev/zero | wc -c; echo x > /dev/null; stat -c "%F %t:%T" /dev/null /dev/random'),
    );
    expect(out).toBe('3\ncharacter special file 1:3\ncharacter special file 1:8\n');
  });

  test('sees files of its own as those of root, and can make some', async () => {
    const folder = `${sandbox.folder}/mine`;
    mkdirSync(folder);
    chownSync(folder, user, user);
    const bundle = script('echo a > /mine/file; stat -c %u:%g /mine', (config) => {
      config.mounts.push({ destination: '/mine', source: folder, options: ['rbind', 'rw'] });
    });
    mkdirSync(`${bundle}/rootfs/mine`);
    expect(await runAsUser(bundle)).toBe('0:0\n');
    const { uid, gid } = statSync(`${folder}/file`);
    expect([uid, gid]).toEqual([user, user]);
  });

  test('creates, starts, looks, enters, kills and deletes', async () => {
    const id = sandbox.id();
    const bundle = script('sleep 1000');
    expect(await asUser('create', '--bundle', bundle, id)).toMatchObject({ status: 0, stderr: quiet });
    expect(await asUser('start', id)).toMatchObject({ status: 0, stderr: quiet });
    expect(JSON.parse((await asUser('state', id)).stdout)).toMatchObject({ status: 'running', bundle });
    expect((await asUser('list')).stdout).toMatch(new RegExp(`^${id} .*#${user}\\n$`, 'm'));
    expect(await asUser('exec', id, 'sh', '-c', 'id -u; cat /proc/self/uid_map; exit 7')).toMatchObject({
      status: 7,
      stderr: quiet,
    });
    expect(await asUser('exec', '--detach', id, 'sleep', '1001')).toMatchObject({ status: 0, stderr: quiet });
    if (runtimeName === 'slipway') {
      // Their pid namespace tells, where there are no cgroups.
      expect((await asUser('ps', id)).stdout.match(/sleep 100[01]$/gm)).toEqual(['sleep 1000', 'sleep 1001']);
    }
    expect(await asUser('delete', '--force', id)).toMatchObject({ status: 0, stderr: quiet });
    expect(await asUser('state', id)).toMatchObject({ status: 1 });
  });

  test('has containers that root leaves alone: a user may write what it likes about them', async () => {
    const id = sandbox.id();
    expect(await asUser('run', '--detach', '--bundle', script('sleep 1000'), id)).toMatchObject({
      status: 0,
    });
    const refused = says(`cannot trust "${sandbox.root}", which belongs to uid ${user}, not to uid 0`);
    for (const command of [['list'], ['state', id], ['kill', id, '9'], ['exec', id, 'true'], ['delete', id]])
      if (runtimeName === 'slipway')
        expect(await program([...runtime, ...command])).toMatchObject({ stdout: '', stderr: refused });
    expect(await asUser('delete', '--force', id)).toMatchObject({ status: 0 });
  });

  test('kill --all reaches every process without cgroups', async () => {
    const id = sandbox.id();
    const bundle = script('sleep 1000 & trap "exit 3" TERM; wait; wait');
    expect(await asUser('run', '--detach', '--bundle', bundle, id)).toMatchObject({ status: 0 });
    expect(await asUser('kill', '--all', id, 'KILL')).toMatchObject({ status: 0, stderr: quiet });
    expect(await asUser('delete', '--force', id)).toMatchObject({ status: 0 });
  });

  test('has its containers below XDG_RUNTIME_DIR, where nothing cleans them up', async () => {
    const directory = `${sandbox.folder}/runtime`;
    mkdirSync(directory);
    chownSync(directory, user, user);
    const environment = ['env', `XDG_RUNTIME_DIR=${directory}`];
    const call = (...args: string[]) => program([...setpriv, ...environment, runtimePath, ...args]);
    const id = sandbox.id();
    expect(await call('create', '--bundle', script('true'), id)).toMatchObject({ status: 0 });
    const [root = ''] = readdirSync(directory);
    expect(root).toBe(runtimeName);
    expect(existsSync(`${directory}/${root}/${id}`)).toBe(true);
    if (runtimeName !== 'crun') expect(statSync(`${directory}/${root}`).mode & 0o1000).toBe(0o1000);
    expect(await call('delete', '--force', id)).toMatchObject({ status: 0 });
  });

  test('gets offsets of clocks', async () => {
    const bundle = script('cat /proc/self/timens_offsets', (config) => {
      config.linux.namespaces.push({ type: 'time' });
      config.linux.timeOffsets = { boottime: { secs: 1000 } };
    });
    expect(words(await runAsUser(bundle))).toEqual(['monotonic', '0', '0', 'boottime', '1000', '0']);
  });

  test('needs a user namespace', () =>
    refuses(
      script('true', leaveOutUserNamespace),
      '/linux/namespaces: rootless container requires user namespaces',
    ));

  // @refuses /process/user/additionalGids
  test('cannot have other groups where its own is the only one', () =>
    refuses(
      script('true', (config) => {
        config.process.user.additionalGids = [0];
      }),
      '/process/user/additionalGids: cannot set any additional groups in a rootless container',
    ));

  // @refuses /linux/resources
  test('cannot have limits without a cgroup', () =>
    refuses(
      script('true', (config) => {
        config.linux.resources = { pids: { limit: 10 } };
      }),
      '/linux/resources/pids: there are no cgroups that could keep a limit',
    ));

  test('cannot have a cgroup that it names and may not make', () =>
    refuses(
      script('true', (config) => {
        config.linux.cgroupsPath = `/${sandbox.name}-named`;
      }),
      /\/linux\/cgroupsPath: make cgroup ".*": permission denied/,
    ));

  // @refuses /mounts/*/{uidMappings,gidMappings}
  test('cannot map ids of a mount', () =>
    refuses(
      script('true', (config) => {
        const map = [{ containerID: 0, hostID: user, size: 1 }];
        config.mounts.push({
          destination: '/tmp',
          source: sandbox.root,
          options: ['bind'],
          uidMappings: map,
          gidMappings: map,
        });
      }),
      'id-mapped mounts need root on the host',
    ));

  // @refuses /linux/devices/*/{major,minor}
  test('cannot have a device that is another one on the host', () =>
    refuses(
      script('true', (config) => {
        config.linux.devices = [{ path: '/dev/null', type: 'c', major: 1, minor: 5 }];
      }),
      '/linux/devices/0: "/dev/null" of the host is another device',
    ));

  test('may have device rules, which are no limits, without a cgroup', async () => {
    const { status } = await asUser('run', '--bundle', withDeviceRules(), sandbox.id());
    expect(status).toBe(0);
  });

  test('--rootless=false insists on a cgroup', async () => {
    const args = ['--rootless=false', 'run', '--bundle', script('true'), sandbox.id()];
    expectRefusal(await asUser(...args), /\/linux\/cgroupsPath: make cgroup ".*": permission denied/);
  });
});

describe('newuidmap and newgidmap', () => {
  const maps = [
    { containerID: 0, hostID: user, size: 1 },
    { containerID: 1, hostID: 200_000, size: 10 },
  ];
  const mapped = (text: string, change: (config: AnyConfig) => void = () => undefined) =>
    script(text, (config) => {
      config.linux.uidMappings = maps;
      config.linux.gidMappings = maps;
      change(config);
    });
  const files = { passwd: '', subuid: '', subgid: '' };

  beforeAll(() => {
    const lines = {
      passwd: `${readFileSync('/etc/passwd', 'utf8')}slipway-test:x:${user}:${user}::/:/bin/sh\n`,
      subuid: 'slipway-test:200000:65536\n',
      subgid: 'slipway-test:200000:65536\n',
    };
    for (const [name, text] of Object.entries(lines)) {
      const path = `${sandbox.folder}/${name}`;
      writeFileSync(path, text);
      Object.assign(files, { [name]: path });
    }
  });

  /** In a mount namespace where the user has a name and a range of ids. */
  function withRange(...args: readonly string[]): Promise<Result> {
    const binds = Object.entries(files).map(([name, path]) => `mount --bind ${path} /etc/${name}`);
    const shell = [...binds, 'exec "$@"'].join(' && ');
    return program(['unshare', '--mount', 'sh', '-c', shell, 'sh', ...setpriv, ...runtime, ...args]);
  }

  test('map ranges of ids, and the groups of the caller go', async () => {
    const bundle = mapped(
      'cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups; id -u; id -G',
      (config) => {
        config.process.user = { uid: 5, gid: 6, additionalGids: [7] };
      },
    );
    const result = await withRange('run', '--bundle', bundle, sandbox.id());
    expect(result).toMatchObject({ status: 0, stderr: quiet });
    const map = ['0', String(user), '1', '1', '200000', '10'];
    expect(words(result.stdout)).toEqual([...map, ...map, 'allow', '5', '6', '7']);
  });

  test('a user without a range is told so', async () => {
    await refuses(mapped('true'), /\/linux\/uidMappings: newuidmap: /);
  });

  test('the message says what to install where they are missing', async () => {
    const folder = `${sandbox.folder}/path`;
    mkdirSync(folder);
    for (const name of ['unshare', 'nsenter']) symlinkSync(`/usr/bin/${name}`, `${folder}/${name}`);
    const path = ['env', `PATH=${folder}`];
    const id = sandbox.id();
    const result = await program([...setpriv, ...path, ...runtime, 'run', '--bundle', mapped('true'), id]);
    expectRefusal(result, '/linux/uidMappings: newuidmap: not found');
    expect(result.stderr).toEqual(says('install uidmap'));
  });
});

describe('delegated cgroups', () => {
  const { v2 } = hostFacts().cgroup;
  const tree = `${v2?.mountpoint}/${sandbox.name}-delegated`;

  beforeAll(() => {
    mkdirSync(`${tree}/own`, { recursive: true });
    for (const name of ['', '/cgroup.procs', '/cgroup.subtree_control', '/own', '/own/cgroup.procs'])
      chownSync(`${tree}${name}`, user, user);
  });

  afterAll(() => {
    rmdirSync(`${tree}/own`);
    rmdirSync(tree);
  });

  function inside(...args: readonly string[]): Promise<Result> {
    const join = `echo $$ > ${tree}/own/cgroup.procs && exec "$@"`;
    return program(['sh', '-c', join, 'sh', ...setpriv, ...runtime, ...args]);
  }

  test('a container gets a cgroup beside that of its caller, and can be paused', async () => {
    const id = sandbox.id();
    const bundle = script('sleep 1000');
    expect(await inside('run', '--detach', '--bundle', bundle, id)).toMatchObject({
      status: 0,
      stderr: quiet,
    });
    try {
      const { pid } = JSON.parse((await asUser('state', id)).stdout);
      expect(readFileSync(`/proc/${pid}/cgroup`, 'utf8')).toMatch(
        new RegExp(`^0::/${sandbox.name}-delegated/${id}$`, 'm'),
      );
      expect(await inside('pause', id)).toMatchObject({ status: 0, stderr: quiet });
      expect(JSON.parse((await asUser('state', id)).stdout).status).toBe('paused');
      expect(await inside('resume', id)).toMatchObject({ status: 0 });
      expect(await inside('exec', id, 'cat', '/proc/self/cgroup')).toMatchObject({
        status: 0,
        stdout: expect.stringContaining(`/${id}\n`),
      });
    } finally {
      expect(await inside('delete', '--force', id)).toMatchObject({ status: 0, stderr: quiet });
    }
    expect(readdirSync(tree, { withFileTypes: true }).filter((entry) => entry.isDirectory())).toHaveLength(1);
  });

  // @refuses /linux/resources/devices
  test.runIf(runtimeName === 'slipway')(
    'device rules of cgroup v2 are not applied, with a warning',
    async () => {
      const result = await inside('run', '--bundle', withDeviceRules(), sandbox.id());
      expect(result).toMatchObject({ status: 0, stderr: says('/linux/resources/devices: not applied') });
    },
  );
});

describe('root of a user namespace', () => {
  const unshare = ['unshare', '--user', '--map-root-user', '--mount', '--'];
  const nested = (text: string) =>
    script(text, (config) => {
      leaveOutUserNamespace(config);
      config.linux.namespaces.push({ type: 'network' });
    });

  test('needs no other one, and binds the devices', async () => {
    const bundle = nested('cat /proc/self/uid_map; stat -c "%F %t:%T" /dev/full; echo x > /dev/null');
    const id = sandbox.id();
    const result = await program([...setpriv, ...unshare, ...runtime, 'run', '--bundle', bundle, id]);
    expect(result).toMatchObject({ status: 0, stderr: quiet });
    expect(words(result.stdout)).toEqual(['0', String(user), '1', 'character', 'special', 'file', '1:7']);
  });
});

describe.runIf(hostFacts().cgroup.v1.some(({ controllers }) => controllers.includes('devices')))(
  'root of the host in a user namespace',
  () => {
    test('has cgroups of v1, where device rules are not applied, with a warning', async () => {
      const path = `/${sandbox.name}-of-mapped-root`;
      const bundle = script('echo up; cat /proc/self/cgroup', (config) => {
        leaveOutUserNamespace(config);
        config.linux.namespaces = config.linux.namespaces.filter(({ type }: AnyConfig) => type !== 'cgroup');
        config.linux.namespaces.push({ type: 'network' });
        config.linux.cgroupsPath = path;
        config.linux.resources = { pids: { limit: 20 }, devices: [{ allow: false, access: 'rwm' }] };
      });
      const command = [runtimePath, '--root', `${sandbox.folder}/of-mapped-root`, 'run', '--bundle', bundle];
      const result = await program([
        'unshare',
        '--user',
        '--map-root-user',
        '--mount',
        ...command,
        sandbox.id(),
      ]);
      expect(result).toMatchObject({ status: 0, stderr: says('/linux/resources/devices: not applied') });
      expect(result.stdout).toContain(`devices:${path}\n`);
    });
  },
);

describe('the state directory', () => {
  const directory = `${sandbox.folder}/session`;
  const ownUser = [...setpriv, 'unshare', '--user', '--map-root-user', '--mount', '--'];
  const call = (how: readonly string[], variables: readonly string[], ...args: readonly string[]) =>
    program([...how, 'env', '--unset=USER', ...variables, runtimePath, ...args]);
  const plain = () =>
    script('true', (config) => {
      leaveOutUserNamespace(config);
    });

  beforeAll(() => {
    mkdirSync(directory);
    chownSync(directory, user, user);
  });

  // Podman without root calls the runtime so.
  test.each([['XDG_RUNTIME_DIR'], ['USER=somebody']])(
    'of root in a user namespace is below XDG_RUNTIME_DIR: %s',
    async (more) => {
      const id = sandbox.id();
      const variables = [`XDG_RUNTIME_DIR=${directory}`, ...(more.includes('=') ? [more] : [])];
      const create = await call(ownUser, variables, 'create', '--bundle', plain(), id);
      expect(create).toMatchObject({ status: 0 });
      expect(existsSync(`${directory}/${runtimeName}/${id}`)).toBe(true);
      const args = ['delete', '--force', id];
      // Another namespace with the same ids: whose the state is counts, not where it was made.
      expect(await call(ownUser, variables, ...args)).toMatchObject({ status: 0 });
    },
  );

  test('of root in a user namespace stays below /run with USER=root, or is named by what it lacks', async () => {
    const variables = [`XDG_RUNTIME_DIR=${directory}`, 'USER=root'];
    const emptyRun = [
      'unshare',
      '--mount',
      'sh',
      '-c',
      'mount -t tmpfs -o mode=755 tmpfs /run; exec "$@"',
      'sh',
    ];
    const id = sandbox.id();
    const result = await call([...emptyRun, ...ownUser], variables, 'create', '--bundle', plain(), id);
    const hint = 'set XDG_RUNTIME_DIR, or give --root a directory that is yours';
    expectRefusal(result, `make state directory "/run/slipway": permission denied (EACCES); ${hint}`);
    expect(existsSync(`${directory}/${runtimeName}/${id}`)).toBe(false);
  });
});

describe('--rootless', () => {
  const root = `${sandbox.folder}/of-root`;

  /** Where the cgroups of the host are read-only, as in many a container. */
  function readOnly(...args: readonly string[]): Promise<Result> {
    const remount =
      'for m in $(grep -oE " /sys/fs/cgroup[^ ]*" /proc/self/mountinfo | sort -u); do mount -o remount,bind,ro $m; done; exec "$@"';
    return program(['unshare', '--mount', 'sh', '-c', remount, 'sh', runtimePath, '--root', root, ...args]);
  }
  const unlimited = () =>
    sandbox.script('echo up', (config) => {
      delete config.linux.cgroupsPath;
      config.linux.resources = {};
    });

  test('true leaves out cgroups that cannot be made', async () => {
    const result = await readOnly('--rootless', 'true', 'run', '--bundle', unlimited(), sandbox.id());
    expect(result).toMatchObject({ status: 0, stdout: 'up\n' });
  });

  test('auto does so for users only', async () => {
    const result = await readOnly('--rootless', 'auto', 'run', '--bundle', unlimited(), sandbox.id());
    expectRefusal(result, /\/linux\/cgroupsPath: make cgroup ".*": read-only file system/);
  });
});
