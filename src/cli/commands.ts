// Every command and option of slipway (names and meanings are runc's).

import { limits } from './limits.ts';
import type { CommandSpec, OptionSpec, PositionalSpec } from './table.ts';

export const globalOptions: Readonly<Record<string, OptionSpec>> = {
  root: { kind: 'text', describe: 'directory of container state' },
  log: { kind: 'text', describe: 'file for log lines, in place of stderr' },
  'log-format': { kind: 'text', describe: 'format of log lines', choices: ['text', 'json'] },
  debug: { kind: 'flag', describe: 'log every step' },
  'systemd-cgroup': { kind: 'flag', describe: 'have systemd manage cgroups' },
  rootless: { kind: 'text', describe: 'ignore cgroup permission errors', choices: ['true', 'false', 'auto'] },
  help: { kind: 'flag', short: 'h', describe: 'show help' },
  version: { kind: 'flag', short: 'v', describe: 'print the version' },
};

const id: PositionalSpec = { name: 'container-id', required: true };

const bundle: OptionSpec = {
  kind: 'text',
  short: 'b',
  describe: 'directory of the bundle, by default the current one',
};

/** Options that change the plan. */
const planOptions: Readonly<Record<string, OptionSpec>> = {
  bundle,
  'no-pivot': {
    kind: 'flag',
    describe: 'move the root in place of pivot_root(2): for a root file system on a ramdisk',
  },
  'no-new-keyring': { kind: 'flag', describe: 'keep the session keyring of the caller' },
};

const processOptions: Readonly<Record<string, OptionSpec>> = {
  'pid-file': { kind: 'text', describe: 'file to write the pid of the process to' },
  'preserve-fds': { kind: 'text', describe: 'how many file descriptors, from 3 on, the process inherits' },
  'console-socket': { kind: 'text', describe: 'AF_UNIX socket that takes the terminal of the process' },
  'pidfd-socket': { kind: 'text', describe: 'AF_UNIX socket that takes a pidfd of the process' },
};

const detach: OptionSpec = { kind: 'flag', short: 'd', describe: 'do not wait for the end of the process' };

const createOptions: Readonly<Record<string, OptionSpec>> = {
  ...planOptions,
  ...processOptions,
};

export const commands: Readonly<Record<string, CommandSpec>> = {
  create: {
    describe: 'create a container, ready to be started',
    positionals: [id],
    options: createOptions,
    load: () => import('./create.ts'),
  },
  run: {
    describe: 'create and start a container',
    positionals: [id],
    options: {
      ...createOptions,
      detach,
      keep: { kind: 'flag', describe: 'do not delete the container after its end' },
      'no-subreaper': { kind: 'flag', describe: 'accepted for compatibility: slipway never is a subreaper' },
    },
    load: () => import('./run.ts'),
  },
  start: {
    describe: 'run the program of a created container',
    positionals: [id],
    options: {},
    load: () => import('./start.ts'),
  },
  exec: {
    describe: 'run a further process in a container',
    positionals: [id, { name: 'command', required: false, rest: true }],
    options: {
      ...processOptions,
      detach,
      process: { kind: 'text', short: 'p', describe: 'file with the process, as in config.json' },
      tty: { kind: 'flag', short: 't', describe: 'give the process a terminal' },
      cwd: { kind: 'text', describe: 'working directory in the container' },
      env: { kind: 'list', short: 'e', describe: 'NAME=value to add to the environment' },
      user: { kind: 'text', short: 'u', describe: 'UID[:GID] of the process' },
      'additional-gids': { kind: 'list', short: 'g', describe: 'a further group of the process, by its gid' },
      cap: { kind: 'list', short: 'c', describe: 'a capability to add' },
      'no-new-privs': { kind: 'flag', describe: 'the process can gain no privileges' },
      apparmor: { kind: 'text', describe: 'AppArmor profile of the process' },
      'process-label': { kind: 'text', describe: 'SELinux label of the process' },
      cgroup: {
        kind: 'list',
        describe: '[CONTROLLER[,CONTROLLER]:]PATH of a cgroup below that of the container',
      },
      'ignore-paused': { kind: 'flag', describe: 'in a paused container run the process once it is resumed' },
    },
    failure: { status: 255, prefix: 'exec failed: ' },
    load: () => import('./exec.ts'),
  },
  state: {
    describe: 'print the state of a container',
    positionals: [id],
    options: {},
    load: () => import('./state.ts'),
  },
  kill: {
    describe: 'send a signal to the container process (by default TERM)',
    positionals: [id, { name: 'signal', required: false }],
    options: {
      all: { kind: 'flag', short: 'a', describe: 'signal every process of the container', hidden: true },
    },
    load: () => import('./kill.ts'),
  },
  delete: {
    describe: 'remove a stopped container',
    positionals: [id],
    options: { force: { kind: 'flag', short: 'f', describe: 'kill and remove whatever there is of it' } },
    load: () => import('./delete.ts'),
  },
  pause: {
    describe: 'stop every process of a container',
    positionals: [id],
    options: {},
    load: () => import('./pause.ts'),
  },
  resume: {
    describe: 'let the processes of a paused container go on',
    positionals: [id],
    options: {},
    load: () => import('./resume.ts'),
  },
  update: {
    describe: 'change the limits of a container',
    positionals: [id],
    options: {
      resources: {
        kind: 'text',
        short: 'r',
        describe: 'file with linux.resources, or - for stdin; no other limit counts then',
      },
      ...Object.fromEntries(
        Object.entries(limits).map(([name, { describe, hidden }]) => [
          name,
          { kind: 'text', describe, ...(hidden === true ? { hidden } : {}) } as const,
        ]),
      ),
    },
    load: () => import('./update.ts'),
  },
  events: {
    describe: 'print what a container uses, and when it runs out of memory',
    positionals: [id],
    options: {
      interval: { kind: 'text', describe: 'time between two prints of what it uses, by default 5s' },
      stats: { kind: 'flag', describe: 'print once what it uses' },
    },
    load: () => import('./events.ts'),
  },
  ps: {
    describe: 'list the processes of a container',
    positionals: [id, { name: 'ps-argument', required: false, rest: true }],
    options: {
      format: { kind: 'text', short: 'f', describe: 'output format', choices: ['table', 'json'] },
    },
    load: () => import('./ps.ts'),
  },
  list: {
    describe: 'list containers',
    positionals: [],
    options: {
      format: { kind: 'text', short: 'f', describe: 'output format', choices: ['table', 'json'] },
      quiet: { kind: 'flag', short: 'q', describe: 'print ids only' },
    },
    load: () => import('./list.ts'),
  },
  spec: {
    describe: 'write a config.json to begin with',
    positionals: [],
    options: { bundle },
    load: () => import('./spec.ts'),
  },
  features: {
    describe: 'print what this runtime supports, as JSON',
    positionals: [],
    options: {},
    load: () => import('./features.ts'),
  },
  validate: {
    describe: 'check the config.json of a bundle',
    positionals: [],
    options: { bundle },
    load: () => import('./validate.ts'),
  },
  plan: {
    describe: 'print everything that create would do, and do nothing',
    positionals: [{ name: 'container-id', required: false }],
    options: {
      ...planOptions,
      json: { kind: 'flag', describe: 'as JSON' },
    },
    load: () => import('./plan.ts'),
  },
};
