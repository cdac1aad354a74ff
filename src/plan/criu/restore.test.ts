import { describe, expect, test } from 'vitest';
import { configSchema } from '../../spec/config.ts';
import { exampleConfig } from '../../spec/example.ts';
import { dumpOptions } from './dump.ts';
import { type CriuOption, encodeOptions } from './encode.ts';
import type { DumpOptions, RestoreOptions } from './options.ts';
import { restoreOptions } from './restore.ts';

const parsed = configSchema.parse({
  ...exampleConfig(true),
  annotations: { 'org.criu.config': '/etc/criu.conf' },
  mounts: [
    { destination: '/data', source: 'data', type: 'bind', options: ['bind'] },
    { destination: '/proc', type: 'proc', source: 'proc' },
  ],
});
const config = { ...parsed, trustedAnnotations: ['org.criu.config'] };
const common = {
  images: '/i',
  work: '/w',
  tcpEstablished: false,
  extUnixSk: false,
  shellJob: false,
  fileLocks: false,
  lazyPages: false,
  autoDedup: false,
  cgroupMode: 'soft' as const,
  emptyNamespaces: [],
};
const asked: DumpOptions = {
  ...common,
  parent: null,
  leaveRunning: false,
  preDump: false,
  tcpSkipInFlight: false,
  linkRemap: false,
  pageServer: null,
  statusFd: null,
};
const restoreAsked: RestoreOptions = { ...common, lsmProfile: null, lsmMountContext: null };
const places = { config, bundle: '/b', cgroups: [], cgroup: '/c' };

/** " name=value " of each. */
function text(options: readonly CriuOption[]): string {
  const words = options.map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return ` ${words.join(' ')} `;
}

function dump(changed: Partial<DumpOptions> = {}): string {
  const options = dumpOptions(
    { ...asked, ...changed },
    {
      ...places,
      rootfs: '/b/rootfs',
      pid: 7,
      freezer: '/cg/c',
      descriptors: ['pipe:[1]', 'file[1a:2]', '/dev/null'],
      inodeOf: () => 9,
      isFile: (path) => path === '/proc/kcore',
    },
  );
  return text(options);
}

function restore(changed: Partial<RestoreOptions> = {}): string {
  const target = {
    ...places,
    root: '/r',
    networkFd: 4,
    descriptors: ['pipe:[1]', 'file[1a:2]', '/dev/null'],
  };
  return text(restoreOptions({ ...restoreAsked, ...changed }, target));
}

describe('dumpOptions', () => {
  test('name the process, its root, and what the host mounts into it', () => {
    expect(dump()).toBe(
      ' pid=7 root="/b/rootfs" log_level=4 log_file="dump.log" manage_cgroups_mode=3 orphan_pts_master=true config_file="/etc/criu.conf" external="mnt[/proc/kcore]:/proc/kcore" external="mnt[/data]:/data" external="file[1a:2]" freeze_cgroup="/cg/c" ',
    );
  });

  // The options of `checkpoint`, and those of CRIU.
  test.each([
    ['--tcp-established', { tcpEstablished: true }, 'tcp_established=true'],
    ['--ext-unix-sk', { extUnixSk: true }, 'ext_unix_sk=true'],
    ['--shell-job', { shellJob: true }, 'shell_job=true'],
    ['--file-locks', { fileLocks: true }, 'file_locks=true'],
    ['--lazy-pages', { lazyPages: true }, 'lazy_pages=true'],
    ['--auto-dedup', { autoDedup: true }, 'auto_dedup=true'],
    ['--manage-cgroups-mode', { cgroupMode: 'full' as const }, 'manage_cgroups_mode=4'],
    ['--empty-ns', { emptyNamespaces: ['network'] }, `empty_ns=${0x40000000}`],
    ['--tcp-skip-in-flight', { tcpSkipInFlight: true }, 'tcp_skip_in_flight=true'],
    ['--link-remap', { linkRemap: true }, 'link_remap=true'],
    ['--leave-running', { leaveRunning: true }, 'leave_running=true'],
    ['--parent-path', { parent: '../p' }, 'parent_img="../p" track_mem=true'],
    ['--page-server', { pageServer: { address: '::1', port: 99 } }, 'ps={"address":"::1","port":99}'],
    ['--status-fd', { statusFd: 5 }, 'status_fd=5'],
    ['--pre-dump', { preDump: true }, 'track_mem=true'],
  ])('%s', (_, changed, words) => {
    expect(dump()).not.toContain(` ${words} `);
    expect(dump(changed)).toContain(` ${words} `);
  });
});

describe('restoreOptions', () => {
  test('give back what the host mounts, the network that is shared, and stdio', () => {
    expect(restore()).toMatch(
      /^ rst_sibling=true notify_scripts=true root="\/r" .* external="mnt\[\/proc\/kcore\]:\/dev\/null" .* external="mnt\[\/data\]:\/b\/data" inherit_fd={"key":"slipway-network","fd":4} inherit_fd={"key":"pipe:\[1\]","fd":0} inherit_fd={"key":"file\[1a:2\]","fd":1} $/,
    );
  });

  test('have a new root for each cgroup, and none for other hierarchies', () => {
    const cgroup = (directory: string, version: 1 | 2, controllers: string[]) => ({
      directory,
      version,
      controllers,
    });
    const cgroups = [
      cgroup('/cg/cpu,cpuacct/c', 1, ['cpu', 'cpuacct']),
      cgroup('/cg/systemd/c', 1, ['name=systemd']),
      cgroup('/cg/unified/c', 2, ['hugetlb']),
    ];
    const target = { ...places, cgroups, root: '/r', networkFd: null, descriptors: [] };
    expect(restoreOptions(restoreAsked, target).filter(([name]) => name === 'cg_root')).toEqual([
      ['cg_root', { ctrl: 'cpu,cpuacct', path: '/c' }],
      ['cg_root', { ctrl: 'name=systemd', path: '/c' }],
      ['cg_root', { ctrl: '', path: '/c' }],
    ]);
  });

  test.each([
    ['--lsm-profile', { lsmProfile: 'apparmor:x' }, 'lsm_profile="apparmor:x"'],
    ['--lsm-mount-context', { lsmMountContext: 'y' }, 'lsm_mount_context="y"'],
  ])('%s', (_, changed, words) => {
    expect(restore(changed)).toContain(` ${words} `);
  });
});

// As protoc(1) encodes the same message.
test('encodeOptions', () => {
  const options: CriuOption[] = [
    ['pid', 300],
    ['log_file', 'é'],
    ['inherit_fd', { key: 'a', fd: 0 }],
    ['lazy_pages', true],
  ];
  expect(Buffer.from(encodeOptions(options)).toString('hex')).toBe('10ac025202c3a9da01050a01611000800301');
});

describe('cgroups that are mounted', () => {
  const mounted = (version: 1 | 2, namespaces: readonly { type: 'cgroup' }[]) => {
    const cgroups = ['/cg/pids', '/cg/cpu,cpuacct'].map((mountpoint) => ({
      directory: `${mountpoint}/c`,
      version,
      controllers: [],
    }));
    const mounts = [{ destination: '/sys/fs/cgroup', type: 'cgroup' }];
    const own = { ...config, mounts, linux: { namespaces: [...namespaces] } };
    const target = { ...places, config: own, cgroups, root: '/r', networkFd: null, descriptors: [] };
    return restoreOptions(restoreAsked, target).flatMap(([name, value]) =>
      name === 'external' ? [String(value)] : [],
    );
  };
  const ofV1 = ['mnt[/sys/fs/cgroup/pids]:/cg/pids/c', 'mnt[/sys/fs/cgroup/cpu,cpuacct]:/cg/cpu,cpuacct/c'];

  test.each([
    ['of v1 are binds of each hierarchy', 1, [], ofV1],
    ['of v1 in a cgroup namespace too', 1, [{ type: 'cgroup' }], ofV1],
    ['of v2 are one', 2, [], ['mnt[/sys/fs/cgroup]:/cg/pids/c']],
    ['of v2 in a cgroup namespace are for CRIU to know', 2, [{ type: 'cgroup' }], []],
  ] as const)('%s', (_, version, namespaces, expected) => {
    expect(mounted(version, namespaces)).toEqual(expected);
  });
});
