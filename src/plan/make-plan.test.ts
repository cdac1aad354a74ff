import { describe, expect, test } from 'vitest';
import { byActor, factsWith, planOptions } from '../../test/support/plan-inputs.ts';
import { configSchema } from '../spec/config.ts';
import { exampleConfig } from '../spec/example.ts';
import type { HostFacts } from '../spec/host-facts.ts';
import { makePlan } from './make-plan.ts';
import type { PlanOptions } from './plan.ts';

const facts = factsWith({ v1: [{ controllers: ['pids'], mountpoint: '/cg/pids' }], v2: null });

type Loose = { process: Record<string, unknown>; linux: Record<string, unknown>; [key: string]: unknown };

function plan(
  change: (config: Loose) => void = () => undefined,
  changed: Partial<PlanOptions> = {},
  host: Partial<HostFacts> = {},
) {
  const config = exampleConfig(false) as Loose;
  change(config);
  const made = makePlan(configSchema.parse(config), { ...planOptions, ...changed }, { ...facts, ...host });
  return { ...byActor(made.script), record: made.container };
}

/** Steps about a process. */
const processOps = ['writeIdMap', 'joinCgroup', 'giveStdio', 'oomScoreAdj', 'netDevice', 'rdtJoin'];

function ops(steps: readonly { readonly op: string }[]): string[] {
  return steps.map(({ op }) => op).filter((op, index, all) => op !== all[index - 1]);
}

describe('makePlan', () => {
  test('makes the mount around the root file system private where a shared one could be there', () => {
    const steps = (rootfsPropagation: string) =>
      ops(plan(({ linux }) => Object.assign(linux, { rootfsPropagation })).container);
    expect(steps('rshared')).toContain('privateParent');
    expect(steps('slave')).toContain('privateParent');
    expect(steps('rprivate')).not.toContain('privateParent');
  });

  test('puts the steps of the container process in the order of containment', () => {
    expect(ops(plan().container)).toEqual([
      'joinCgroup',
      'loopbackUp',
      'hostname',
      'joinKeyring',
      'rootPropagation',
      'openTree',
      'attachRootfs',
      'mount',
      'openTree',
      'attachTree',
      'device',
      'symlink',
      'pivotRoot',
      'terminal',
      'controllingTerminal',
      'console',
      'setAttributes',
      'readonlyPath',
      'maskPath',
      'cpuAffinity',
      'rlimit',
      'cwd',
      'umask',
      'boundingSet',
      'stdioOwner',
      'user',
      'capabilities',
      'noNewPrivileges',
      'environment',
      'lookup',
      'waitStart',
      'exec',
    ]);
  });

  test('names for each step the property or section that asks for it', () => {
    const { container, outer, host } = plan();
    for (const { from } of [...container, ...outer, ...host])
      expect(from).toMatch(/^(\/[a-z]|[a-z-]+\.md#[a-z])/);
  });

  test('makes no step for what the config does not ask for', () => {
    const { container, host, prepare } = plan((config) => {
      config.hostname = '';
      config.mounts = [];
      config.root = { path: 'rootfs' };
      config.process.noNewPrivileges = false;
      config.linux = { namespaces: [{ type: 'mount' }], cgroupsPath: '/x' };
    });
    expect(ops(container)).not.toEqual(expect.arrayContaining(['hostname']));
    for (const op of [
      'hostname',
      'mount',
      'setAttributes',
      'noNewPrivileges',
      'loopbackUp',
      'maskPath',
      'readonlyPath',
    ]) {
      expect(ops(container)).not.toContain(op);
    }
    expect(host.filter((step) => ops([step]).some((op) => processOps.includes(op)))).toEqual([]);
    const become = prepare.find((step) => step.op === 'become');
    expect(become?.argv.slice(0, 4)).toEqual(['unshare', '--mount', '--propagation=unchanged', '--']);
  });

  test('--no-pivot and --no-new-keyring change their steps', () => {
    const { container } = plan(undefined, { noPivot: true, keyring: null });
    expect(ops(container)).toContain('moveRoot');
    expect(ops(container)).not.toContain('pivotRoot');
    expect(ops(container)).not.toContain('joinKeyring');
  });

  test('resolves the rootfs and bind sources below the bundle', () => {
    const { record, container } = plan((config) => {
      config.mounts = [{ destination: '/data', source: 'data', options: ['bind'] }];
    });
    expect(record.rootfs).toBe('/b/rootfs');
    expect(container).toContainEqual(
      expect.objectContaining({ op: 'openTree', source: '/b/data', target: '/data' }),
    );
  });

  test('without a limit for open files the program gets the one slipway was started with', () => {
    const { container } = plan((config) => {
      config.process.rlimits = [];
    });
    expect(container).toContainEqual(
      expect.objectContaining({ op: 'rlimit', resource: 7, soft: 1024n, hard: 4096n }),
    );
  });

  test('raises only ambient capabilities that are permitted and inheritable', () => {
    const { container } = plan((config) => {
      config.process.capabilities = {
        permitted: ['CAP_KILL', 'CAP_CHOWN'],
        inheritable: ['CAP_KILL'],
        ambient: ['CAP_KILL', 'CAP_CHOWN'],
      };
    });
    expect(container).toContainEqual(expect.objectContaining({ op: 'capabilities', ambient: 1n << 5n }));
  });

  test('keeps one entry of a name in the environment, the last', () => {
    const { container } = plan((config) => {
      config.process.env = ['A=1', 'B=2', 'A=3=4'];
    });
    expect(container).toContainEqual(
      expect.objectContaining({ op: 'environment', entries: ['A=3=4', 'B=2'] }),
    );
  });

  test('makes a tmpfs read-only after all that goes into it', () => {
    const { container } = plan((config) => {
      config.mounts = [
        { destination: '/run', type: 'tmpfs', source: 'tmpfs', options: ['ro'] },
        { destination: '/run/inner', type: 'tmpfs', source: 'tmpfs' },
      ];
    });
    const run = container.findIndex((step) => step.op === 'setAttributes' && step.target === '/run');
    const inner = container.findIndex((step) => step.op === 'mount' && step.target === '/run/inner');
    expect(run).toBeGreaterThan(inner);
  });

  test('links /dev/core where the host has /proc/kcore', () => {
    const core = { op: 'symlink', path: '/dev/core', target: '/proc/kcore' };
    const linked = (kcore: boolean) =>
      plan(undefined, {}, { kcore }).container.filter(({ op }) => op === 'symlink');
    expect(linked(true)).toContainEqual(expect.objectContaining(core));
    expect(linked(false)).not.toContainEqual(expect.objectContaining(core));
  });

  test('makes no devices in a /dev of the host', () => {
    const { container } = plan((config) => {
      config.mounts = [{ destination: '/dev', type: 'bind', source: '/dev', options: ['rbind'] }];
    });
    expect(ops(container)).not.toContain('device');
  });

  describe('in a user namespace', () => {
    const inUserNamespace = (config: Loose) => {
      config.process.terminal = false;
      config.linux.namespaces = [{ type: 'user' }, { type: 'mount' }];
      config.linux.uidMappings = [{ containerID: 0, hostID: 1000, size: 10 }];
      config.linux.gidMappings = [{ containerID: 0, hostID: 2000, size: 10 }];
      config.mounts = [{ destination: '/data', source: '/data', options: ['bind'] }];
    };

    test('what needs the credentials of the host is prepared, and waits in slots', () => {
      const { prepare, container } = plan(inUserNamespace);
      expect(ops(prepare)).toEqual([
        'setup',
        'arrange',
        'slaveMounts',
        'fifos',
        'openTree',
        'openNode',
        'become',
      ]);
      expect(ops(container)).not.toContain('openTree');
      expect(ops(container)).not.toContain('device');
      expect(ops(container)).not.toContain('joinCgroup');
      const filled = prepare.flatMap((step) =>
        /^open/.test(step.op) && 'slot' in step && step.slot !== null ? [step.slot] : [],
      );
      const used = container.flatMap((step) => ('slot' in step && step.slot !== null ? [step.slot] : []));
      expect(used.toSorted()).toEqual(filled.toSorted());
      expect(new Set(filled).size).toBe(filled.length);
      expect(prepare).toContainEqual(
        expect.objectContaining({ op: 'arrange', slots: Math.max(...filled) + 3 }),
      );
    });

    test('nodes belong to the root of the container', () => {
      expect(plan(inUserNamespace).prepare).toContainEqual(
        expect.objectContaining({ op: 'openNode', major: 1, minor: 3, uid: 1000, gid: 2000 }),
      );
    });

    test('slipway writes the maps, and moves the container process to its cgroups', () => {
      const { host, user } = plan(inUserNamespace);
      expect(host.filter(({ op }) => processOps.includes(op))).toEqual([
        { op: 'writeIdMap', from: '/linux/uidMappings', file: 'uid_map', text: '0 1000 10\n' },
        { op: 'writeIdMap', from: '/linux/gidMappings', file: 'gid_map', text: '0 2000 10\n' },
        { op: 'joinCgroup', from: '/linux/cgroupsPath', procs: '/cg/pids/c/cgroup.procs' },
        { op: 'giveStdio', from: '/process/user', uid: 1000 },
      ]);
      expect(ops(user)).toEqual(['setup', 'becomeSetupUser', 'become']);
    });

    test('all capabilities can be granted', () => {
      const { container } = plan(inUserNamespace, {}, { capabilities: 0n });
      expect(container).toContainEqual(expect.objectContaining({ op: 'boundingSet', mask: 0x20000420n }));
    });
  });

  test('only the mounts that are id-mapped are prepared without a user namespace', () => {
    const { prepare, container, user } = plan((config) => {
      const map = [{ containerID: 0, hostID: 1000, size: 10 }];
      config.mounts = [
        { destination: '/a', source: '/a', options: ['bind'] },
        { destination: '/b', source: '/b', options: ['bind', 'idmap'], uidMappings: map, gidMappings: map },
      ];
    });
    expect(prepare.filter(({ op }) => op === 'openTree')).toEqual([
      expect.objectContaining({ source: '/b', uids: [0, 1000, 10], gids: [0, 1000, 10] }),
    ]);
    expect(container.filter(({ op }) => op === 'openTree')).toHaveLength(2);
    expect(user).toEqual([]);
  });
});

describe('mountLabel', () => {
  const label = 'system_u:object_r:container_file_t:s0:c1,c2';
  const selinux = { lsm: { apparmor: null, selinux: true } };

  /** The label option of each new file system. */
  function labels(annotations: Record<string, string>): Record<string, string | undefined> {
    const { container } = plan(
      (config) => {
        config.linux.mountLabel = label;
        config.annotations = annotations;
      },
      {},
      selinux,
    );
    return Object.fromEntries(
      container.flatMap((step) =>
        step.op === 'mount' ? [[step.target, step.options.find((option) => option.includes(label))]] : [],
      ),
    );
  }

  // @shows /linux/mountLabel
  test('is an option of every new file system but those that the policy labels', () => {
    expect(labels({})).toMatchObject({
      '/proc': undefined,
      '/sys': undefined,
      '/dev': `context=${label}`,
      '/dev/shm': `context=${label}`,
      '/dev/mqueue': `context=${label}`,
    });
  });

  test('is an option of what masks a directory', () => {
    const { container } = plan((config) => (config.linux.mountLabel = label), {}, selinux);
    const masks = container.filter((step) => step.op === 'maskPath');
    expect(masks.length).toBeGreaterThan(0);
    for (const { option } of masks) expect(option).toBe(`context=${label}`);
  });

  // @shows /annotations
  test('run.oci.mount_context_type names another option', () => {
    expect(labels({ 'run.oci.mount_context_type': 'rootcontext' })['/dev']).toBe(`rootcontext=${label}`);
  });
});
