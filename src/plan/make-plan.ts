// Config and host facts to a plan. Pure: it touches nothing.

import { type CgroupPlan, cgroupPath, planCgroups } from '../cgroup/cgroup-steps.ts';
import { deviceSteps } from '../device/device-steps.ts';
import type { InitStep } from '../init/protocol.ts';
import { lateMountSteps, type MountContext, mountSteps } from '../mount/mount-steps.ts';
import { attribute, propagation } from '../mount/options.ts';
import type { NamespaceStep } from '../namespace/argv.ts';
import type { Config } from '../spec/config.ts';
import type { HostFacts } from '../spec/host-facts.ts';
import type { NamespaceType } from '../spec/linux.ts';
import type { Plan, PlanOptions } from './plan.ts';
import { processSteps } from './process-steps.ts';

/** `config` has passed validate/. */
export function makePlan(config: Config, options: PlanOptions, facts: HostFacts): Plan {
  const path = cgroupPath(options.id, config.linux?.cgroupsPath);
  const cgroups = planCgroups(path, config.linux?.resources ?? {}, facts.cgroup);
  const rootfs = config.root.path.startsWith('/')
    ? config.root.path
    : `${options.bundle}/${config.root.path}`;
  const context = {
    bundle: options.bundle,
    facts,
    cgroupPath: path,
    newCgroupNamespace: isNew(config, 'cgroup'),
  };
  const oomScoreAdj = config.process?.oomScoreAdj;
  return {
    rootfs,
    namespaces: namespaceSteps(config),
    cgroups: cgroups.steps,
    cgroupDirectories: cgroups.directories,
    outer: outerSteps(options, cgroups),
    process:
      oomScoreAdj === undefined
        ? []
        : [{ op: 'oomScoreAdj', from: '/process/oomScoreAdj', value: oomScoreAdj }],
    container: [
      ...cgroups.joins,
      ...namespaceContents(config, options),
      ...rootSteps(config, options, rootfs, context),
      ...pathSteps(config),
      ...(config.process === undefined ? [] : processSteps(config.process, facts)),
      { op: 'waitStart', from: 'runtime.md#start' },
      { op: 'exec', from: '/process/args', args: config.process?.args ?? [] },
    ],
  };
}

function namespaceSteps(config: Config): NamespaceStep[] {
  return (config.linux?.namespaces ?? []).map(({ type, path }, index) => {
    const from = `/linux/namespaces/${index}`;
    return path === undefined
      ? { op: 'newNamespace', from, type }
      : { op: 'joinNamespace', from, type, path };
  });
}

function isNew(config: Config, type: NamespaceType): boolean {
  return (config.linux?.namespaces ?? []).some(
    (namespace) => namespace.type === type && namespace.path === undefined,
  );
}

function outerSteps(options: PlanOptions, { filters, cloneInto }: CgroupPlan): InitStep[] {
  const { start } = options;
  const from = 'runtime.md#create';
  const foreground = start.kind === 'foreground' ? 1 : 0;
  return [
    { op: 'setup', from, debug: options.debug ? 1 : 0, foreground },
    ...(start.kind === 'fifos'
      ? [{ op: 'fifos', from, start: start.start, result: start.result } as const]
      : []),
    ...filters,
    { op: 'clone', from: cloneInto === '' ? from : '/linux/cgroupsPath', cgroup: cloneInto },
  ];
}

/** What new namespaces lack. */
function namespaceContents(config: Config, options: PlanOptions): InitStep[] {
  const steps: InitStep[] = [];
  const namespaces = '/linux/namespaces';
  if (isNew(config, 'cgroup')) steps.push({ op: 'unshareCgroup', from: namespaces });
  if (!options.noNewKeyring)
    steps.push({ op: 'newKeyring', from: 'runtime.md#create', name: `_ses.${options.id}` });
  if (isNew(config, 'network')) steps.push({ op: 'loopbackUp', from: namespaces });
  const { hostname = '', domainname = '' } = config;
  if (hostname !== '') steps.push({ op: 'hostname', from: '/hostname', name: hostname });
  if (domainname !== '') steps.push({ op: 'domainname', from: '/domainname', name: domainname });
  return steps;
}

/** From the host's root to the container's. */
function rootSteps(config: Config, options: PlanOptions, rootfs: string, context: MountContext): InitStep[] {
  const mounts = config.mounts ?? [];
  const configured = config.linux?.rootfsPropagation ?? '';
  const flags = propagation[configured === '' ? 'rslave' : configured] ?? 0;
  const from = '/linux/rootfsPropagation';
  // A /dev of the host has its nodes.
  const boundDev = mounts.some(
    ({ destination, type, options: given = [] }) =>
      /^\/dev\/?$/.test(destination) &&
      (type === 'bind' || given.includes('bind') || given.includes('rbind')),
  );
  return [
    { op: 'rootPropagation', from, flags: BigInt(flags) },
    { op: 'openRootfs', from: '/root/path', path: rootfs },
    ...mounts.flatMap((mount, index) => mountSteps(mount, `/mounts/${index}`, context)),
    ...(boundDev ? [] : deviceSteps(config.linux?.devices ?? [], context.facts)),
    options.noPivot ? { op: 'moveRoot', from: '/root/path' } : { op: 'pivotRoot', from: '/root/path' },
    ...(configured === '' ? [] : [{ op: 'rootPropagation', from, flags: BigInt(flags) } as const]),
    ...lateMountSteps(mounts),
    ...(config.root.readonly === true
      ? [
          {
            op: 'setAttributes',
            from: '/root/readonly',
            target: '/',
            set: attribute.readonly,
            clear: 0n,
          } as const,
        ]
      : []),
  ];
}

function pathSteps({ linux = {} }: Config): InitStep[] {
  return [
    ...(linux.readonlyPaths ?? []).map(
      (path, index): InitStep => ({ op: 'readonlyPath', from: `/linux/readonlyPaths/${index}`, path }),
    ),
    ...(linux.maskedPaths ?? []).map(
      (path, index): InitStep => ({ op: 'maskPath', from: `/linux/maskedPaths/${index}`, path }),
    ),
  ];
}
