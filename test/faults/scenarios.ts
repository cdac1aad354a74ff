// Commands of which each step gets its faults, and containers that have every step between them.

import { hostFacts } from '../../src/host/facts.ts';
import { type StepOp, unpackSteps } from '../../src/init/protocol.ts';
import { atCaller } from '../support/caller-mounts.ts';
import { criuWorks } from '../support/criu.ts';
import type { AnyConfig } from '../support/sandbox.ts';
import { engineProfile } from '../support/seccomp.ts';
import { inUserNamespace } from '../support/user-namespace.ts';

/** What there is for all scenarios. */
export type Setting = {
  /** Process of a container whose namespaces others join. */
  readonly pid: number;
  /** The same, of one in a user namespace. */
  readonly mapped: number;
  /** A socket that takes terminals. */
  readonly consoleSocket: string;
  /** A directory of the host. */
  readonly folder: string;
};

export type Scenario = {
  readonly name: string;
  readonly config?: (config: AnyConfig, setting: Setting) => void;
  /** Commands before it, which make a container. */
  readonly first?: (bundle: string, id: string) => readonly (readonly string[])[];
  readonly command: (bundle: string, id: string, setting: Setting) => readonly string[];
  /** Whether the init of the container is the init here. */
  readonly attach?: boolean;
  /** What `state` may say afterwards; absent: a command that fails leaves no container. */
  readonly after?: readonly string[];
  /** Status of a failure. */
  readonly failure?: number;
  /** User that runs it. */
  readonly uid?: number;
  /** Whether it runs at a terminal. */
  readonly terminal?: boolean;
  /** A program that it runs through. */
  readonly through?: readonly string[];
  /** There for its steps alone: those that no scenario before it has. */
  readonly steps?: boolean;
};

const create = (bundle: string, id: string) => ['create', '-b', bundle, id];
const createWithSocket = (bundle: string, id: string, { consoleSocket }: Setting) => [
  ...['create', '--console-socket', consoleSocket],
  ...['-b', bundle, id],
];
const run = (bundle: string, id: string) => ['run', '-d', '-b', bundle, id];
const running = (bundle: string, id: string) => [run(bundle, id)];
const alive = ['running'];

const { cgroup, lsm } = hostFacts();

/** Of AppArmor; loaded before all, where there is AppArmor. */
export const profileName = 'slipway-test-faults';

/** A user without root, and the id that its containers have. */
const user = 1500;

function every(config: AnyConfig, { folder }: Setting): void {
  const { linux, process } = config;
  const hook = { path: '/bin/busybox', args: ['true'] };
  const inside = { path: '/bin/true', args: ['true'] };
  config.domainname = 'example.com';
  process.cwd = '/tmp/made';
  config.hooks = {
    createRuntime: [hook],
    createContainer: [hook],
    startContainer: [inside],
    poststart: [hook],
    poststop: [hook],
  };
  config.mounts.push(
    { destination: '/bound', type: 'bind', source: folder, options: ['rbind', 'ro', 'nosuid'] },
    { destination: '/tmp', type: 'tmpfs', source: 'tmpfs', options: ['tmpcopyup', 'size=1m'] },
    { destination: '/flagged', type: 'tmpfs', source: 'tmpfs', options: ['iversion'] },
    { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: ['ro'] },
  );
  linux.namespaces.push({ type: 'time' });
  if (!linux.namespaces.some(({ type }: AnyConfig) => type === 'cgroup'))
    linux.namespaces.push({ type: 'cgroup' });
  linux.timeOffsets = { boottime: { secs: 5 } };
  linux.sysctl = { 'net.ipv4.ip_forward': '1' };
  linux.devices = [{ path: '/dev/it', type: 'c', major: 1, minor: 3, fileMode: 0o600 }];
  linux.personality = { domain: 'LINUX' };
  linux.memoryPolicy = { mode: 'MPOL_INTERLEAVE', nodes: '0' };
  linux.rootfsPropagation = 'private';
  linux.seccomp = engineProfile();
  config.annotations = { 'run.oci.hooks.stdout': `${folder}/hooks` };
  process.scheduler = { policy: 'SCHED_BATCH', nice: 1 };
  process.ioPriority = { class: 'IOPRIO_CLASS_BE', priority: 4 };
  process.execCPUAffinity = { initial: '0', final: '0' };
  process.oomScoreAdj = 100;
}

const everywhere: readonly Scenario[] = [
  { name: 'create', command: create },
  {
    name: 'start',
    first: (bundle, id) => [create(bundle, id)],
    command: (_, id) => ['start', id],
    attach: true,
    after: ['created', 'running', 'stopped'],
  },
  {
    name: 'run',
    config: every,
    command: (bundle, id) => ['--trust-annotation', 'run.oci.hooks.stdout', ...run(bundle, id)],
  },
  {
    name: 'exec',
    config: every,
    first: running,
    command: (_, id) => ['exec', id, '/bin/true'],
    after: alive,
    failure: 255,
  },
  {
    name: 'exec -d',
    first: running,
    command: (_, id) => ['exec', '-d', id, '/bin/sleep', '1000'],
    after: alive,
    failure: 255,
    steps: true,
  },
  {
    name: 'update',
    first: running,
    command: (_, id) => ['update', '--memory', '64M', '--pids-limit', '50', '--cpu-share', '512', id],
    after: alive,
  },
  { name: 'pause', first: running, command: (_, id) => ['pause', id], after: ['running', 'paused'] },
  {
    name: 'resume',
    first: (bundle, id) => [run(bundle, id), ['pause', id]],
    command: (_, id) => ['resume', id],
    after: ['running', 'paused'],
  },
  { name: 'kill', first: running, command: (_, id) => ['kill', id, 'KILL'], after: ['running', 'stopped'] },
  {
    name: 'kill --all',
    first: running,
    command: (_, id) => ['kill', '--all', id, 'KILL'],
    after: ['running', 'paused', 'stopped'],
  },
  {
    name: 'delete',
    config: every,
    first: (bundle, id) => [create(bundle, id), ['kill', id, 'KILL']],
    command: (_, id) => ['delete', id],
    after: ['stopped', 'gone'],
  },
  {
    name: 'delete --force',
    first: running,
    command: (_, id) => ['delete', '--force', id],
    after: ['running', 'stopped', 'gone'],
  },
  {
    name: 'create with a terminal',
    config: ({ process }) => {
      process.terminal = true;
      process.consoleSize = { width: 80, height: 24 };
    },
    command: createWithSocket,
    steps: true,
  },
  {
    name: 'run at a terminal',
    config: ({ process }) => {
      process.terminal = true;
      process.args = ['/bin/true'];
    },
    command: (bundle, id) => ['run', '-b', bundle, id],
    terminal: true,
    steps: true,
  },
  {
    name: 'create in a user namespace',
    config: (config, setting) => {
      every(config, setting);
      inUserNamespace(config);
    },
    command: create,
    steps: true,
  },
  {
    name: 'create in the namespaces of another container',
    config: (config, setting) => {
      for (const namespace of config.linux.namespaces)
        if (['pid', 'network', 'ipc'].includes(namespace.type))
          namespace.path = `/proc/${setting.pid}/ns/${namespace.type === 'network' ? 'net' : namespace.type}`;
      config.linux.sysctl = { 'net.ipv4.ip_forward': '1' };
      config.process.terminal = true;
    },
    command: createWithSocket,
    steps: true,
  },
  {
    name: 'create in the user namespace of another container',
    config: ({ linux }, { mapped }) => {
      linux.namespaces.find(({ type }: AnyConfig) => type === 'pid').path = `/proc/${mapped}/ns/pid`;
      linux.namespaces.push({ type: 'user', path: `/proc/${mapped}/ns/user` });
    },
    command: create,
    steps: true,
  },
  {
    name: 'create with a seccomp filter and without noNewPrivileges',
    config: ({ linux, process }) => {
      linux.seccomp = engineProfile();
      process.noNewPrivileges = false;
    },
    command: create,
    steps: true,
  },
  {
    name: 'create --no-pivot',
    command: (bundle, id) => ['create', '--no-pivot', '-b', bundle, id],
    steps: true,
  },
  {
    name: 'run with a preserved fd that is not the next one',
    through: ['bash', '-c', 'exec "$@" 9</dev/zero', 'bash'],
    command: (bundle, id) => ['run', '-d', '--preserve-fds', '7', '-b', bundle, id],
    steps: true,
  },
  { name: 'create without root', command: create, uid: user, steps: true },
  { name: 'create in the mount namespace of the caller', config: atCaller, command: create },
  {
    name: 'exec in the mount namespace of the caller',
    config: atCaller,
    first: running,
    command: (_, id) => ['exec', id, '/bin/true'],
    after: alive,
    failure: 255,
    steps: true,
  },
];

const withCriu: readonly Scenario[] = [
  {
    name: 'checkpoint',
    first: running,
    command: (bundle, id) => ['checkpoint', '--image-path', imagesOf(bundle), id],
    after: ['running', 'paused', 'stopped', 'gone'],
  },
  {
    name: 'restore',
    first: (bundle, id) => [run(bundle, id), ['checkpoint', '--image-path', imagesOf(bundle), id]],
    command: (bundle, id) => ['restore', '-d', '--image-path', imagesOf(bundle), '-b', bundle, id],
  },
];

function imagesOf(bundle: string): string {
  return `${bundle}/images`;
}

const withAppArmor: readonly Scenario[] = [
  {
    name: 'create with a label',
    config: ({ process }) => {
      process.apparmorProfile = profileName;
    },
    command: create,
    steps: true,
  },
];

export const scenarios = [
  ...everywhere,
  ...(criuWorks ? withCriu : []),
  ...(lsm.apparmor !== null ? withAppArmor : []),
];

/** Steps of the init that this host gives no occasion for, and those of images, whose process test/image kills. */
export const elsewhere: readonly StepOp[] = [
  ...unpackSteps,
  ...(cgroup.v2 !== null && cgroup.v1.length === 0 ? (['joinCgroup'] as const) : (['deviceFilter'] as const)),
  ...(criuWorks ? [] : (['target', 'restore'] as const)),
  ...(lsm.apparmor !== null ? [] : (['openAttribute', 'label'] as const)),
];
