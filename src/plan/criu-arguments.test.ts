import { describe, expect, test } from 'vitest';
import { configSchema } from '../spec/config.ts';
import { exampleConfig } from '../spec/example.ts';
import { type DumpOptions, dumpArguments, type RestoreOptions, restoreArguments } from './criu-arguments.ts';

const config = configSchema.parse({
  ...exampleConfig(true),
  annotations: { 'org.criu.config': '/etc/criu.conf' },
  mounts: [
    { destination: '/data', source: 'data', type: 'bind', options: ['bind'] },
    { destination: '/proc', type: 'proc', source: 'proc' },
  ],
});
const common = {
  images: '/i',
  work: '/w',
  tcpEstablished: false,
  extUnixSk: false,
  shellJob: false,
  fileLocks: false,
  lazyPages: false,
  autoDedup: false,
  cgroupMode: 'soft',
  emptyNamespaces: [],
};
const dumpOptions: DumpOptions = {
  ...common,
  parent: null,
  leaveRunning: false,
  preDump: false,
  tcpSkipInFlight: false,
  linkRemap: false,
  pageServer: null,
  statusFd: null,
};
const restoreOptions: RestoreOptions = { ...common, lsmProfile: null, lsmMountContext: null };
const places = { config, bundle: '/b', cgroups: [] };

function dump(changed: Partial<DumpOptions> = {}): string {
  return dumpArguments(
    { ...dumpOptions, ...changed },
    {
      ...places,
      rootfs: '/b/rootfs',
      pid: 7,
      freezer: '/cg/c',
      descriptors: ['pipe:[1]', 'file[1a:2]', '/dev/null'],
      inodeOf: () => 9,
      isFile: (path) => path === '/proc/kcore',
    },
  ).join(' ');
}

function restore(changed: Partial<RestoreOptions> = {}): string {
  const target = {
    ...places,
    root: '/r',
    pidFile: '/p',
    networkFd: 4,
    cgroup: '/c',
    descriptors: ['pipe:[1]', 'file[1a:2]', '/dev/null'],
  };
  return restoreArguments({ ...restoreOptions, ...changed }, target).join(' ');
}

describe('dumpArguments', () => {
  test('name the process, its root, and what the host mounts into it', () => {
    expect(dump()).toBe(
      'dump --tree 7 --root /b/rootfs --images-dir /i --work-dir /w -v4 --log-file dump.log --manage-cgroups=soft --config /etc/criu.conf --external mnt[/proc/kcore]:/proc/kcore --external mnt[/data]:/data --external file[1a:2] --freeze-cgroup /cg/c',
    );
  });

  // The options of `checkpoint`, and those of CRIU.
  test.each([
    ['--tcp-established', { tcpEstablished: true }, '--tcp-established'],
    ['--ext-unix-sk', { extUnixSk: true }, '--ext-unix-sk'],
    ['--shell-job', { shellJob: true }, '--shell-job'],
    ['--file-locks', { fileLocks: true }, '--file-locks'],
    ['--lazy-pages', { lazyPages: true }, '--lazy-pages'],
    ['--auto-dedup', { autoDedup: true }, '--auto-dedup'],
    ['--manage-cgroups-mode', { cgroupMode: 'full' }, '--manage-cgroups=full'],
    ['--empty-ns', { emptyNamespaces: ['network'] }, '--empty-ns net'],
    ['--tcp-skip-in-flight', { tcpSkipInFlight: true }, '--skip-in-flight'],
    ['--link-remap', { linkRemap: true }, '--link-remap'],
    ['--leave-running', { leaveRunning: true }, '--leave-running'],
    ['--parent-path', { parent: '../p' }, '--prev-images-dir ../p --track-mem'],
    [
      '--page-server',
      { pageServer: { address: '::1', port: '99' } },
      '--page-server --address ::1 --port 99',
    ],
    ['--status-fd', { statusFd: 5 }, '--status-fd 5'],
  ])('%s', (_, changed, words) => {
    expect(dump()).not.toContain(words);
    expect(`${dump(changed)} `).toContain(` ${words} `);
  });

  test('--pre-dump is another command', () => {
    expect(dump({ preDump: true })).toMatch(/^pre-dump .* --track-mem/);
  });
});

describe('restoreArguments', () => {
  test('give back what the host mounts, the network that is shared, and stdio', () => {
    expect(restore()).toMatch(
      /^restore --restore-detached --restore-sibling --pidfile \/p --root \/r .* --external mnt\[\/proc\/kcore\]:\/dev\/null .* --external mnt\[\/data\]:\/b\/data --inherit-fd fd\[4\]:slipway-network --cgroup-root \/c --inherit-fd fd\[0\]:pipe:\[1\] --inherit-fd fd\[1\]:file\[1a:2\]$/,
    );
  });

  test.each([
    ['--lsm-profile', { lsmProfile: 'apparmor:x' }, '--lsm-profile apparmor:x'],
    ['--lsm-mount-context', { lsmMountContext: 'y' }, '--lsm-mount-context y'],
  ])('%s', (_, changed, words) => {
    expect(restore(changed)).toContain(words);
  });
});
