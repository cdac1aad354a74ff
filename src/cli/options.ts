// Options that slipway itself has, and those that several commands share (names and meanings are runc's).

import type { OptionSpec } from './table.ts';

export const globalOptions: Readonly<Record<string, OptionSpec>> = {
  root: { kind: 'text', describe: 'directory of container state' },
  log: { kind: 'text', describe: 'file for log lines, in place of stderr' },
  'log-format': { kind: 'text', describe: 'format of log lines', choices: ['text', 'json'] },
  'log-level': {
    kind: 'text',
    describe: 'least level of log lines: by default warning on stderr, error in a file',
    choices: ['debug', 'warning', 'error'],
  },
  debug: { kind: 'flag', describe: 'log every step' },
  'systemd-cgroup': { kind: 'flag', describe: 'have systemd manage cgroups' },
  'cgroup-manager': {
    kind: 'text',
    describe: 'who manages cgroups; disabled: the container stays in that of the caller',
    choices: ['cgroupfs', 'systemd', 'disabled'],
  },
  rootless: { kind: 'text', describe: 'ignore cgroup permission errors', choices: ['true', 'false', 'auto'] },
  'trust-annotation': {
    kind: 'list',
    describe: 'an annotation of config.json that may reach files and processes of the host',
  },
  help: { kind: 'flag', short: 'h', describe: 'show help' },
  version: { kind: 'flag', short: 'v', describe: 'print the version' },
};

export const regex: OptionSpec = {
  kind: 'flag',
  short: 'r',
  describe: 'the id is a regular expression: every container that it matches',
};

export const bundle: OptionSpec = {
  kind: 'text',
  short: 'b',
  describe: 'directory of the bundle, by default the current one',
};

/** Options that change the plan. */
export const planOptions = {
  bundle,
  'no-pivot': {
    kind: 'flag',
    describe: 'move the root in place of pivot_root(2): for a root file system on a ramdisk',
  },
  'no-new-keyring': { kind: 'flag', describe: 'keep the session keyring of the caller' },
} as const satisfies Readonly<Record<string, OptionSpec>>;

export const processOptions = {
  'pid-file': { kind: 'text', describe: 'file to write the pid of the process to' },
  'preserve-fds': { kind: 'text', describe: 'how many file descriptors, from 3 on, the process inherits' },
  'console-socket': { kind: 'text', describe: 'AF_UNIX socket that takes the terminal of the process' },
  'pidfd-socket': { kind: 'text', describe: 'AF_UNIX socket that takes a pidfd of the process' },
} as const satisfies Readonly<Record<string, OptionSpec>>;

export const detach: OptionSpec = {
  kind: 'flag',
  short: 'd',
  describe: 'do not wait for the end of the process',
};

/** What checkpoint and restore share. */
export const criuOptions = {
  'image-path': { kind: 'text', describe: 'directory of the images, by default ./checkpoint' },
  'work-path': { kind: 'text', describe: 'directory of logs, by default that of the images' },
  'tcp-established': { kind: 'flag', describe: 'allow open TCP connections' },
  'ext-unix-sk': { kind: 'flag', describe: 'allow connections to AF_UNIX sockets outside' },
  'shell-job': { kind: 'flag', describe: 'allow shell jobs' },
  'lazy-pages': { kind: 'flag', describe: 'copy memory when it is used (userfaultfd)' },
  'file-locks': { kind: 'flag', describe: 'keep file locks' },
  'manage-cgroups-mode': {
    kind: 'text',
    describe: 'how to treat cgroups, by default soft',
    choices: ['soft', 'full', 'strict', 'ignore'],
  },
  'empty-ns': { kind: 'list', describe: 'a namespace to leave empty: network' },
  'auto-dedup': { kind: 'flag', describe: 'free memory in parent images while they are used' },
} as const satisfies Readonly<Record<string, OptionSpec>>;

export const noSubreaper: OptionSpec = {
  kind: 'flag',
  describe: 'accepted for compatibility: slipway never is a subreaper',
};

/** Options that choose an image, bound what it may hold, and change what becomes of it. */
export const imageOptions = {
  platform: { kind: 'text', describe: 'OS/ARCHITECTURE[/VARIANT] of the image, by default of this machine' },
  'max-size': { kind: 'text', describe: 'bytes that all files of the image may have, by default 64G' },
  'max-entries': { kind: 'text', describe: 'files that the image may have, by default 10000000' },
  'max-depth': { kind: 'text', describe: 'names in a path of the image, by default 256' },
  quiet: { kind: 'flag', short: 'q', describe: 'do not show how much of an image is unpacked' },
  'max-ratio': { kind: 'text', describe: 'bytes that a byte of a layer may become, by default 2000' },
  terminal: { kind: 'flag', short: 't', describe: 'give the process of the image a terminal' },
} as const satisfies Readonly<Record<string, OptionSpec>>;

export const configFile = {
  kind: 'text',
  short: 'f',
  describe: 'file to read in place of config.json in the bundle',
} as const satisfies OptionSpec;

export const createOptions: Readonly<Record<string, OptionSpec>> = {
  ...planOptions,
  config: configFile,
  image: {
    kind: 'text',
    describe: 'in place of a bundle: an image, unpacked below --root and removed with the container',
  },
  ...imageOptions,
  'no-subreaper': noSubreaper,
  ...processOptions,
};
