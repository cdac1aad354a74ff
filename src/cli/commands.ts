// Every command of slipway (names and meanings are runc's).

import { limits } from './limits.ts';
import {
  bundle,
  configFile,
  createOptions,
  criuOptions,
  detach,
  imageOptions,
  noSubreaper,
  planOptions,
  processOptions,
  regex,
} from './options.ts';
import type { CommandSpec, PositionalSpec } from './table.ts';

const id: PositionalSpec = { name: 'container-id', required: true };

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
      regex,
    },
    load: () => import('./kill.ts'),
  },
  delete: {
    describe: 'remove a stopped container',
    positionals: [id],
    options: {
      force: { kind: 'flag', short: 'f', describe: 'kill and remove whatever there is of it' },
      regex,
    },
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
  checkpoint: {
    describe: 'write the processes of a container to files (CRIU), and end them',
    positionals: [id],
    options: {
      ...criuOptions,
      'parent-path': { kind: 'text', describe: 'images of an earlier --pre-dump, relative to --image-path' },
      'leave-running': { kind: 'flag', describe: 'let the container go on' },
      'tcp-skip-in-flight': { kind: 'flag', describe: 'skip TCP connections that are being made' },
      'link-remap': { kind: 'flag', describe: 'link files that were removed back when that is possible' },
      'page-server': { kind: 'text', describe: 'ADDRESS:PORT of the page server' },
      'status-fd': {
        kind: 'text',
        describe: 'file descriptor that gets a NUL byte when the page server is ready',
      },
      'pre-dump': { kind: 'flag', describe: 'write memory only, and let the container go on' },
    },
    probe: async () => (await import('../host/criu.ts')).demandCriu(),
    load: () => import('./checkpoint.ts'),
  },
  restore: {
    describe: 'make a container of what checkpoint wrote',
    positionals: [id],
    options: {
      ...criuOptions,
      bundle,
      detach,
      'pid-file': processOptions['pid-file'],
      'console-socket': processOptions['console-socket'],
      'no-subreaper': noSubreaper,
      'no-pivot': planOptions['no-pivot'],
      'lsm-profile': { kind: 'text', describe: 'TYPE:NAME of the profile that the processes get' },
      'lsm-mount-context': { kind: 'text', describe: 'security context of the mounts' },
    },
    probe: async () => (await import('../host/criu.ts')).demandCriu(),
    load: () => import('./restore.ts'),
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
    options: {
      bundle,
      rootless: { kind: 'flag', describe: 'for a container without root: a user namespace, and no limits' },
    },
    load: () => import('./spec.ts'),
  },
  bundle: {
    describe: 'make a bundle of an image: oci:PATH[:TAG], docker-archive:PATH[:NAME] or dir:PATH',
    positionals: [
      { name: 'image', required: true },
      { name: 'directory', required: true },
    ],
    options: {
      ...imageOptions,
      rootless: {
        kind: 'flag',
        describe: 'for a container without root; always so for a caller without root',
      },
    },
    load: () => import('./bundle.ts'),
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
      config: configFile,
      ...processOptions,
      run: { kind: 'flag', describe: 'what run would do, in the foreground' },
      json: { kind: 'flag', describe: 'as JSON' },
    },
    load: () => import('./plan.ts'),
  },
  completion: {
    describe: 'print a completion script for a shell: bash, zsh or fish',
    positionals: [{ name: 'shell', required: true }],
    options: {},
    load: () => import('./completion.ts'),
  },
  man: {
    describe: 'print a manual page, of a command or of slipway itself',
    positionals: [{ name: 'command', required: false }],
    options: {},
    load: () => import('./man.ts'),
  },
};
