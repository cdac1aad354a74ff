// What `features` promises (features.md): the shape of the document, and a container for every value in it. What each does is seen
// in the tests of its own property.

import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { slipwayPath } from './support/runtime.ts';
import { type AnyConfig, Sandbox } from './support/sandbox.ts';

const sandbox = Sandbox.forFile();
const features = JSON.parse(execFileSync(slipwayPath, ['features'], { encoding: 'utf8' }));
const { linux } = features;

const enabled = z.strictObject({ enabled: z.boolean() });
const names = (pattern: RegExp) => z.array(z.string().regex(pattern));
const version = z.string().regex(/^\d+\.\d+\.\d+$/);

/** features.md and features-linux.md of the specification 1.3. */
const document = z.strictObject({
  ociVersionMin: version,
  ociVersionMax: version,
  hooks: names(/^[a-zA-Z]+$/),
  mountOptions: names(/^[a-z-]+$/),
  annotations: z.record(z.string().min(1), z.string()),
  potentiallyUnsafeConfigAnnotations: names(/^\S+$/),
  linux: z.strictObject({
    namespaces: names(/^[a-z]+$/),
    capabilities: names(/^CAP_[A-Z_]+$/),
    cgroup: z.strictObject({
      v1: z.boolean(),
      v2: z.boolean(),
      systemd: z.boolean(),
      systemdUser: z.boolean(),
      rdma: z.boolean(),
    }),
    seccomp: z.strictObject({
      enabled: z.boolean(),
      actions: names(/^SCMP_ACT_/),
      operators: names(/^SCMP_CMP_/),
      archs: names(/^SCMP_ARCH_/),
      knownFlags: names(/^SECCOMP_FILTER_FLAG_/),
      supportedFlags: names(/^SECCOMP_FILTER_FLAG_/),
    }),
    apparmor: enabled,
    selinux: enabled,
    intelRdt: z.strictObject({ enabled: z.boolean(), schemata: z.boolean(), monitoring: z.boolean() }),
    memoryPolicy: z.strictObject({ modes: names(/^MPOL_[A-Z_]+$/), flags: names(/^MPOL_F_/) }),
    mountExtensions: z.strictObject({ idmap: enabled }),
    netDevices: enabled,
  }),
});

// @shows features.md: the document, and a container for every value in it
test('the document has every field of the specification, and no other', () => {
  expect(document.safeParse(features).error?.issues ?? []).toEqual([]);
});

/** Runs a container; what it prints. */
function output(args: readonly string[], change: (config: AnyConfig) => void): Promise<string> {
  return sandbox.output(
    sandbox.bundle((config) => {
      config.process.args = args;
      change(config);
    }),
  );
}

const runs = async (change: (config: AnyConfig) => void) =>
  expect(await output(['echo', 'ran'], change)).toBe('ran\n');

function userNamespace(config: AnyConfig): void {
  config.linux.namespaces.push({ type: 'user' });
  config.linux.uidMappings = [{ containerID: 0, hostID: 0, size: 1000 }];
  config.linux.gidMappings = [{ containerID: 0, hostID: 0, size: 1000 }];
}

// @shows /linux/namespaces/*/type
// @shows features.md: the document, and a container for every value in it
test.each<string>(linux.namespaces)('namespace %s', async (type) => {
  await runs((config) => {
    if (type === 'user') userNamespace(config);
    else if (!config.linux.namespaces.some((entry: AnyConfig) => entry.type === type))
      config.linux.namespaces.push({ type });
  });
});

// In a user namespace, where every one can be granted.
// @shows /process/capabilities/{bounding,effective,inheritable,permitted,ambient}
test.each<[string, number]>(linux.capabilities.map((name: string, number: number) => [name, number]))(
  '%s is capability %i',
  async (name, number) => {
    const status = await output(['cat', '/proc/self/status'], (config) => {
      userNamespace(config);
      config.process.capabilities = { bounding: [name], effective: [name], permitted: [name] };
    });
    expect(BigInt(`0x${/^CapEff:\s*(\w+)$/m.exec(status)?.[1]}`)).toBe(1n << BigInt(number));
  },
);

// @shows features.md: the document, and a container for every value in it
test.each<string>(features.hooks)('hook %s', async (kind) => {
  await runs((config) => {
    config.hooks = { [kind]: [{ path: '/bin/sh', args: ['sh', '-c', 'true'] }] };
  });
});

// @shows /mounts/*/options
// @shows features.md: the document, and a container for every value in it
test.each<string>(features.mountOptions)('mount option %s', async (option) => {
  await runs((config) => {
    config.mounts.push({ destination: '/mnt', ...mountWith(option) });
  });
});

/** A mount that the option is for. */
function mountWith(option: string): AnyConfig {
  const maps = { uidMappings: [{ containerID: 0, hostID: 0, size: 1000 }] };
  const idMaps = { ...maps, gidMappings: maps.uidMappings };
  switch (option) {
    case 'bind':
    case 'rbind':
      return { type: 'none', source: sandbox.folder, options: [option] };
    case 'idmap':
    case 'ridmap':
      return { type: 'none', source: sandbox.folder, options: ['rbind', option], ...idMaps };
    case 'copy-symlink':
    case 'src-nofollow':
    case 'dest-nofollow':
      return { type: 'bind', source: sandbox.folder, options: [option] };
    case 'remount':
      return { destination: '/dev/shm', type: 'tmpfs', source: 'tmpfs', options: [option, 'nosuid'] };
    default:
      return { type: 'tmpfs', source: 'tmpfs', options: [option] };
  }
}

// @shows features.md: the document, and a container for every value in it
describe('seccomp', () => {
  const { seccomp } = linux;
  const rule = { names: ['getpgrp'], action: 'SCMP_ACT_ERRNO' };
  const profile = (change: AnyConfig) => ({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [rule], ...change });

  // What each does needs a program that makes the call: seccomp.test.ts. One asks an agent, which is there too, with a flag that goes with it.
  test.each<string>(seccomp.actions.filter((action: string) => action !== 'SCMP_ACT_NOTIFY'))(
    '%s',
    async (action) => {
      await runs((config) => {
        config.linux.seccomp = profile({ syscalls: [{ ...rule, action }] });
      });
    },
  );

  test.each<string>(seccomp.operators)('%s', async (op) => {
    await runs((config) => {
      config.linux.seccomp = profile({
        syscalls: [{ ...rule, args: [{ index: 0, value: 1, valueTwo: 1, op }] }],
      });
    });
  });

  test.each<string>(seccomp.supportedFlags.filter((flag: string) => !flag.endsWith('_WAIT_KILLABLE_RECV')))(
    '%s',
    async (flag) => {
      await runs((config) => {
        config.linux.seccomp = profile({ flags: [flag] });
      });
    },
  );

  test('every architecture; those of other machines are skipped', async () => {
    const bundle = sandbox.script('echo ran', (config) => {
      config.linux.seccomp = profile({ architectures: seccomp.archs });
    });
    expect(await sandbox.run(['run', '-b', bundle, sandbox.id()])).toMatchObject({
      status: 0,
      stdout: 'ran\n',
    });
  });
});

// @shows features.md: the document, and a container for every value in it
describe('memoryPolicy', () => {
  const needsNone = ['MPOL_DEFAULT', 'MPOL_LOCAL'];

  test.each<string>(linux.memoryPolicy.modes)('%s', async (mode) => {
    await runs((config) => {
      config.linux.memoryPolicy = { mode, ...(needsNone.includes(mode) ? {} : { nodes: '0' }) };
    });
  });

  test.each<string>(linux.memoryPolicy.flags)('%s', async (flag) => {
    await runs((config) => {
      config.linux.memoryPolicy = { mode: 'MPOL_BIND', nodes: '0', flags: [flag] };
    });
  });
});
