// Namespaces of all eight types, new and joined; user namespaces and id maps; clock offsets (config-linux.md#namespaces).

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type AnyConfig, Sandbox } from './support/sandbox.ts';
import { expectRefusal, quiet } from './support/words.ts';

const sandbox = Sandbox.forFile();

/** Type of config.json and name in /proc/PID/ns. */
const types = [
  ['pid', 'pid'],
  ['network', 'net'],
  ['mount', 'mnt'],
  ['ipc', 'ipc'],
  ['uts', 'uts'],
  ['cgroup', 'cgroup'],
  ['time', 'time'],
  ['user', 'user'],
] as const;

const maps = {
  uidMappings: [
    { containerID: 0, hostID: 100_000, size: 1000 },
    { containerID: 1000, hostID: 300_000, size: 10 },
  ],
  gidMappings: [{ containerID: 0, hostID: 200_000, size: 2000 }],
};

/** Adds a new user namespace; its root owns the root file system, as an engine would have it. */
function inUserNamespace(config: AnyConfig): void {
  config.linux.namespaces.push({ type: 'user' });
  Object.assign(config.linux, structuredClone(maps));
}

function bundleInUserNamespace(
  script: string,
  change: (config: AnyConfig) => void = () => undefined,
): string {
  const bundle = sandbox.script(script, (config) => {
    inUserNamespace(config);
    change(config);
  });
  sandbox.giveRootfs(bundle);
  return bundle;
}

/** A container that sleeps, and its pid on the host. */
async function sleeping(bundle: string): Promise<number> {
  const id = sandbox.id();
  expect(await sandbox.run(['run', '-d', '-b', bundle, id])).toMatchObject({ status: 0, stderr: quiet });
  return (await sandbox.state(id)).pid;
}

function namespacesOf(pid: number | 'self'): Record<string, string> {
  return Object.fromEntries(types.map(([type, name]) => [type, readlinkSync(`/proc/${pid}/ns/${name}`)]));
}

// @shows /linux/namespaces
describe('a new namespace', () => {
  // @shows /linux/namespaces/*/type
  test.each(types.filter(([type]) => type !== 'user' && type !== 'mount'))(
    'of type %s differs from the host, and without it the host shows',
    async (type) => {
      const change = (config: AnyConfig) => {
        config.hostname = '';
        config.linux.namespaces = [{ type: 'mount' }, ...(type === 'pid' ? [] : [{ type: 'pid' }])];
        config.mounts = config.mounts.filter(({ type }: AnyConfig) => type !== 'mqueue' && type !== 'sysfs');
      };
      const without = await sleeping(sandbox.script('sleep 100', change));
      expect(namespacesOf(without)[type]).toBe(namespacesOf('self')[type]);
      const config = (config: AnyConfig) => {
        change(config);
        config.linux.namespaces.push({ type });
      };
      expect(namespacesOf(await sleeping(sandbox.script('sleep 100', config)))[type]).not.toBe(
        namespacesOf('self')[type],
      );
    },
  );

  // @shows /linux/{uidMappings,gidMappings}
  // @shows /linux/{uidMappings,gidMappings}/*/{containerID,hostID,size}
  test('of type user maps several ranges, and its root owns what the container has', async () => {
    const script = `cat /proc/self/uid_map /proc/self/gid_map; id -u
      stat -c %u:%g /proc/self/status /dev/shm /dev/mqueue /dev/null; grep CapEff /proc/self/status
      echo x > /tmp/file && stat -c %u:%g /tmp/file; echo x > /dev/null`;
    const bundle = bundleInUserNamespace(script, (config) => {
      config.root.readonly = false;
    });
    const lines = (await sandbox.output(bundle)).trim().split('\n');
    expect(lines.slice(0, 3).map((line) => line.trim().split(/\s+/).join(' '))).toEqual([
      '0 100000 1000',
      '1000 300000 10',
      '0 200000 2000',
    ]);
    expect(lines.slice(3)).toEqual([
      '0',
      ...Array.from({ length: 4 }, () => '0:0'),
      'CapEff:\t0000000020000420',
      '0:0',
    ]);
  });

  test('of type user lets the program be any mapped user', async () => {
    const bundle = bundleInUserNamespace('id -u; id -g; id -G; cat /proc/self/status', (config) => {
      config.process.user = { uid: 1005, gid: 7, additionalGids: [8, 1999] };
    });
    const output = await sandbox.output(bundle);
    expect(output).toMatch(/^1005\n7\n7 8 1999\n/);
  });

  test.each([
    [
      'no id 0',
      [{ containerID: 1000, hostID: 100_000, size: 10 }],
      [{ containerID: 7, hostID: 200_000, size: 1 }],
    ],
    [
      'no uid 0',
      [{ containerID: 1000, hostID: 100_000, size: 10 }],
      [{ containerID: 0, hostID: 200_000, size: 10 }],
    ],
  ])('of type user with %s is set up as the user of the program', async (_, uidMappings, gidMappings) => {
    const script = `id -u; id -g; grep -h CapEff /proc/self/status; stat -c %u:%g /dev/shm
      echo x > /dev/null && echo x > /tmp/file && stat -c %u:%g /tmp/file; cat /proc/sys/net/ipv4/ip_default_ttl`;
    const bundle = bundleInUserNamespace(script, (config) => {
      Object.assign(config.linux, { uidMappings, gidMappings });
      config.linux.sysctl = { 'net.ipv4.ip_default_ttl': '33' };
      config.process.user = { uid: 1000, gid: 7 };
      config.process.capabilities = {};
      config.mounts = config.mounts.filter(({ type }: AnyConfig) => type !== 'devpts');
      config.mounts.push({ destination: '/tmp', type: 'tmpfs', source: 'tmpfs' });
    });
    const group = gidMappings.some(({ containerID }) => containerID === 0) ? 0 : 7;
    expect((await sandbox.output(bundle)).split('\n')).toEqual([
      '1000',
      '7',
      'CapEff:\t0000000000000000',
      `1000:${group}`,
      '1000:7',
      '33',
      '',
    ]);
    const id = sandbox.id();
    const sleeps = bundleInUserNamespace('sleep 100', (config) => {
      Object.assign(config.linux, { uidMappings, gidMappings });
      config.process.user = { uid: 1000, gid: 7 };
      config.mounts = config.mounts.filter(({ type }: AnyConfig) => type !== 'devpts');
    });
    expect(await sandbox.run(['run', '-d', '-b', sleeps, id])).toMatchObject({ status: 0, stderr: quiet });
    const exec = await sandbox.run([
      'exec',
      '--user',
      '1003:7',
      id,
      'sh',
      '-c',
      'id -u; id -g; grep CapEff /proc/self/status',
    ]);
    expect(exec).toMatchObject({ status: 0, stdout: '1003\n7\nCapEff:\t0000000000000000\n' });
  });

  test('of type user: the program owns every other namespace', async () => {
    const bundle = bundleInUserNamespace(
      'hostname changed && hostname && mount -t tmpfs x /tmp && echo mounted',
      (config) => {
        config.process.capabilities.effective.push('CAP_SYS_ADMIN');
        config.process.capabilities.permitted.push('CAP_SYS_ADMIN');
        config.process.capabilities.bounding.push('CAP_SYS_ADMIN');
      },
    );
    expect(await sandbox.output(bundle)).toBe('changed\nmounted\n');
  });

  test('of type user: sources of binds that its root cannot reach are bound', async () => {
    const secret = `${sandbox.folder}/secret`;
    mkdirSync(`${secret}/deep`, { recursive: true, mode: 0o700 });
    writeFileSync(`${secret}/deep/file`, 'found\n');
    const bundle = bundleInUserNamespace('cat /mnt/file', (config) => {
      config.mounts.push({ destination: '/mnt', source: `${secret}/deep`, options: ['bind', 'ro'] });
    });
    chmodSync(`${secret}/deep`, 0o755);
    expect(await sandbox.output(bundle)).toBe('found\n');
  });

  test('of type user: every capability can be granted', async () => {
    const bundle = bundleInUserNamespace('grep CapEff /proc/self/status', (config) => {
      // slipway itself may be without the last one.
      const all = ['CAP_KILL', 'CAP_SYS_RESOURCE'];
      config.process.capabilities = { bounding: all, permitted: all, effective: all };
    });
    expect(await sandbox.output(bundle)).toBe('CapEff:\t0000000001000020\n');
  });

  test('of type user: a mount inside a shared bind stays inside', async () => {
    const shared = `${sandbox.folder}/shared`;
    mkdirSync(shared);
    const host = (...args: string[]) => expect(spawnSync('mount', args).status).toBe(0);
    host('-t', 'tmpfs', 'x', shared);
    host('--make-shared', shared);
    try {
      mkdirSync(`${shared}/inner`);
      const bundle = bundleInUserNamespace('sleep 100', (config) => {
        config.mounts.push({ destination: '/mnt', source: shared, options: ['bind'] });
        config.mounts.push({ destination: '/mnt/inner', type: 'tmpfs', source: 'x' });
      });
      const pid = await sleeping(bundle);
      expect(readFileSync(`/proc/${pid}/mountinfo`, 'utf8')).toContain(' /mnt/inner ');
      expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(`${shared}/inner`);
    } finally {
      spawnSync('umount', [`${shared}/inner`]);
      spawnSync('umount', [shared]);
    }
  });

  // @shows /linux/devices/*/{uid,gid}
  test('of type user: configured devices have their mode and owner, and work', async () => {
    const bundle = bundleInUserNamespace(
      'stat -c "%F %t:%T %a %u:%g" /dev/nothing; echo x > /dev/nothing && echo wrote',
      (config) => {
        config.linux.devices = [
          { path: '/dev/nothing', type: 'c', major: 1, minor: 3, fileMode: 0o646, uid: 5, gid: 6 },
        ];
      },
    );
    expect(await sandbox.output(bundle)).toBe('character special file 1:3 646 5:6\nwrote\n');
  });

  test.each(['create', 'run'])('of type user: %s leaves limits and cgroups in force', async (command) => {
    const bundle = bundleInUserNamespace('cat /proc/self/cgroup; sleep 100', (config) => {
      config.linux.resources.pids = { limit: 20 };
      config.process.oomScoreAdj = 77;
    });
    const id = sandbox.id();
    const detach = command === 'run' ? ['-d'] : [];
    expect(await sandbox.run([command, ...detach, '-b', bundle, id])).toMatchObject({
      status: 0,
      stderr: quiet,
    });
    if (command === 'create') expect(await sandbox.run(['start', id])).toMatchObject({ status: 0 });
    const { pid } = await sandbox.state(id);
    expect(readFileSync(`/proc/${pid}/cgroup`, 'utf8')).toMatch(
      new RegExp(`pids.*:/${sandbox.name}|^0::/${sandbox.name}`, 'm'),
    );
    expect(readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8')).toBe('77\n');
    expect(readFileSync(`/proc/${pid}/uid_map`, 'utf8')).toMatch(/ 100000 +1000\n/);
  });

  // @shows /hostname
  // @shows /domainname
  test('of type uts has the host and domain name that are asked for', async () => {
    const bundle = sandbox.script('cat /proc/sys/kernel/hostname /proc/sys/kernel/domainname', (config) => {
      config.hostname = 'one';
      config.domainname = 'two.example';
    });
    expect(await sandbox.output(bundle)).toBe('one\ntwo.example\n');
  });

  test('of type network has a loopback interface that is up', async () => {
    // IFF_UP and IFF_LOOPBACK.
    expect(await sandbox.output(sandbox.script('cat /sys/class/net/lo/flags'))).toBe('0x9\n');
  });

  // @shows /linux/timeOffsets
  // @shows /linux/timeOffsets/{monotonic,boottime}
  // @shows /linux/timeOffsets/{monotonic,boottime}/{secs,nanosecs}
  test('of type time has the offsets that are asked for', async () => {
    const bundle = sandbox.script('cat /proc/self/timens_offsets; cat /proc/uptime', (config) => {
      config.linux.namespaces.push({ type: 'time' });
      config.linux.timeOffsets = { monotonic: { secs: -5 }, boottime: { secs: 1_000_000, nanosecs: 3 } };
    });
    const [monotonic, boottime, uptime = ''] = (await sandbox.output(bundle)).split('\n');
    expect(monotonic).toMatch(/^monotonic +-5 +0$/);
    expect(boottime).toMatch(/^boottime +1000000 +3$/);
    expect(Number.parseFloat(uptime)).toBeGreaterThan(1_000_000);
  });
});

describe('a namespace that is joined', () => {
  // @shows /linux/namespaces/*/path
  test.each(types.filter(([type]) => type !== 'user' && type !== 'mount'))(
    'of type %s is that of the path',
    async (type, name) => {
      const bundle = sandbox.script('sleep 100', (config) => {
        if (!config.linux.namespaces.some((namespace: AnyConfig) => namespace.type === type))
          config.linux.namespaces.push({ type });
      });
      const first = await sleeping(bundle);
      const second = await sleeping(
        sandbox.script('sleep 100', (config) => {
          if (type === 'uts') config.hostname = '';
          config.linux.namespaces = config.linux.namespaces.filter(
            (namespace: AnyConfig) => namespace.type !== type,
          );
          config.linux.namespaces.push({ type, path: `/proc/${first}/ns/${name}` });
        }),
      );
      expect(namespacesOf(second)[type]).toBe(namespacesOf(first)[type]);
      expect(namespacesOf(second)[type]).not.toBe(namespacesOf('self')[type]);
    },
  );

  // @shows /linux/namespaces/*/path
  test('of type mount is that of the path, and its mounts are there', async () => {
    const path = `${sandbox.folder}/joined`;
    mkdirSync(path);
    // A mount namespace that another program made, with a mount that the host does not have.
    const script = `mount -t tmpfs x ${path} && echo seen > ${path}/file && echo ready && exec sleep 100`;
    const holder = spawn('unshare', ['--mount', 'sh', '-c', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await once(holder.stdout, 'data');
      const bundle = sandbox.script('cat /mnt/file; readlink /proc/self/ns/mnt', (config) => {
        const namespace = config.linux.namespaces.find(({ type }: AnyConfig) => type === 'mount');
        namespace.path = `/proc/${holder.pid}/ns/mnt`;
        config.mounts.push({ destination: '/mnt', source: path, options: ['bind'] });
      });
      const namespace = readlinkSync(`/proc/${holder.pid}/ns/mnt`);
      expect(await sandbox.output(bundle)).toBe(`seen\n${namespace}\n`);
    } finally {
      holder.kill('SIGKILL');
      await once(holder, 'exit');
    }
  });

  // @shows /linux/namespaces/*/path
  test('of type user, with those that it owns', async () => {
    const first = await sleeping(bundleInUserNamespace('sleep 100'));
    const bundle = sandbox.script('cat /proc/self/uid_map; id -u; hostname; sleep 100', (config) => {
      Object.assign(config.linux, structuredClone(maps));
      config.hostname = '';
      config.linux.namespaces = [
        { type: 'mount' },
        { type: 'pid' },
        { type: 'cgroup' },
        ...['user', 'ipc', 'uts'].map((type) => ({ type, path: `/proc/${first}/ns/${type}` })),
        { type: 'network', path: `/proc/${first}/ns/net` },
      ];
    });
    sandbox.giveRootfs(bundle);
    const second = await sleeping(bundle);
    const [one, two] = [namespacesOf(first), namespacesOf(second)];
    for (const type of ['user', 'ipc', 'uts', 'network']) expect(two[type]).toBe(one[type]);
    for (const type of ['mount', 'pid', 'cgroup']) expect(two[type]).not.toBe(one[type]);
  });

  test('of type user gives its maps to devices and id-mapped mounts', async () => {
    const first = await sleeping(bundleInUserNamespace('sleep 100'));
    const source = `${sandbox.folder}/mapped`;
    mkdirSync(source);
    writeFileSync(`${source}/file`, '');
    const script = 'stat -c %u:%g /mnt/file /dev/own; echo x > /dev/own';
    const bundle = sandbox.script(script, (config) => {
      config.linux.namespaces.push({ type: 'user', path: `/proc/${first}/ns/user` });
      config.linux.devices = [
        { path: '/dev/own', type: 'c', major: 1, minor: 3, fileMode: 0o600, uid: 0, gid: 0 },
      ];
      config.linux.resources.devices = [{ allow: true, access: 'rwm' }];
      config.mounts.push({ destination: '/mnt', type: 'bind', source, options: ['rbind', 'idmap'] });
      config.root.readonly = false;
    });
    sandbox.giveRootfs(bundle);
    expect(await sandbox.output(bundle)).toBe('0:0\n0:0\n');
  });

  // @refuses /linux/{uidMappings,gidMappings}
  test('of type user refuses maps that it does not have', async () => {
    const first = await sleeping(bundleInUserNamespace('sleep 100'));
    const bundle = sandbox.bundle((config) => {
      config.linux.namespaces.push({ type: 'user', path: `/proc/${first}/ns/user` });
      Object.assign(config.linux, structuredClone(maps));
      config.linux.gidMappings = [{ containerID: 0, hostID: 7, size: 1 }];
    });
    expectRefusal(
      await sandbox.run(['run', '-b', bundle, sandbox.id()]),
      '/linux/gidMappings: differs from the map of the user namespace that is joined (0 200000 2000); leave it out, or repeat that\n',
    );
  });

  test('of type user, whose root cannot reach the root file system', async () => {
    const first = await sleeping(bundleInUserNamespace('sleep 100'));
    const bundle = sandbox.script('cat /secret; id -u', (config) => {
      config.linux.namespaces.push({ type: 'user', path: `/proc/${first}/ns/user` });
      config.mounts.push({ destination: '/secret', source: 'secret', options: ['bind'] });
    });
    sandbox.giveRootfs(bundle);
    writeFileSync(`${bundle}/secret`, 'found\n');
    chmodSync(bundle, 0o700);
    expect(await sandbox.output(bundle)).toBe('found\n0\n');
  });
});

// @shows config.md#mounts: idmap and ridmap
describe('an id-mapped mount', () => {
  /** Owners of a file as the container sees it, and of one that it makes. */
  async function owners(
    mount: object,
    change: (config: AnyConfig) => void = () => undefined,
  ): Promise<string> {
    const source = `${sandbox.folder}/${sandbox.id()}`;
    mkdirSync(`${source}/below`, { recursive: true });
    writeFileSync(`${source}/file`, '');
    chownSync(`${source}/file`, 5, 6);
    const bundle = sandbox.script('stat -c %u:%g /mnt/file', (config) => {
      config.mounts.push({ destination: '/mnt', source, options: ['bind'], ...mount });
      change(config);
    });
    sandbox.giveRootfs(bundle);
    return (await sandbox.output(bundle)).trim();
  }
  const mapped = {
    uidMappings: [{ containerID: 0, hostID: 1000, size: 100 }],
    gidMappings: [{ containerID: 0, hostID: 2000, size: 100 }],
  };

  test('without a map shows the owners of the file system', async () => {
    expect(await owners({})).toBe('5:6');
  });

  // @shows /mounts/*/{uidMappings,gidMappings}
  // @shows /mounts/*/{uidMappings,gidMappings}/*/{containerID,hostID,size}
  test.each(['idmap', 'ridmap'])('with %s and mappings shows the mapped ones', async (option) => {
    expect(await owners({ ...mapped, options: ['rbind', option] })).toBe('1005:2006');
  });

  test('with mappings alone too', async () => {
    expect(await owners(mapped)).toBe('1005:2006');
  });

  test('in a user namespace takes the mappings of that', async () => {
    expect(await owners({ options: ['bind'] }, inUserNamespace)).toBe('65534:65534');
    expect(await owners({ options: ['bind', 'idmap'] }, inUserNamespace)).toBe('5:6');
  });
});
