// The steps of the process that becomes the container: the order of containment.

import { availableCapabilities } from '../capability/capability.ts';
import type { InitStep } from '../init/protocol.ts';
import { isNew, namespaceOf } from '../namespace/asked.ts';
import { allCpus } from '../scheduling/scheduling.ts';
import type { Config } from '../spec/config.ts';
import type { Draft } from './draft.ts';
import { mountLabelOption } from './labels.ts';
import { type Divided, divide } from './prepare.ts';
import { processSteps } from './process-steps.ts';
import { rootSteps } from './root-steps.ts';
import { seccompSteps } from './seccomp-steps.ts';
import { enterSteps, newKeyringSteps, spreadSteps, stdioStep, terminalSteps } from './shared-steps.ts';

/** Those of the container process, and those of them that need the host's credentials and come before it. */
export function containerSteps(draft: Draft): Divided {
  const { config, options, userNamespace, parked, labels, hooks, nextSlot, hostRoot } = draft;
  const keyring = newKeyringSteps(config, options.keyring);
  const seccomp = seccompSteps(config, options.filter);
  const steps: readonly InitStep[] = [
    ...(userNamespace ? draft.opened.map(({ join }) => join) : draft.cgroups.joins),
    ...(parked ? [] : labels.open),
    ...enterSteps(draft.namespaces.filter(({ type }) => type !== 'pid')),
    ...namespaceContents(config),
    ...(parked ? [] : keyring),
    ...rootOf(draft),
    ...(parked ? keyring : []),
    allCpus,
    ...programSteps(draft, seccomp),
    { op: 'waitStart', from: 'runtime.md#start' },
    ...hooks.beforeExec,
    ...spreadSteps(options.preserved),
    { op: 'exec', from: '/process/args', args: config.process?.args ?? [], ...seccomp.atExec },
  ];
  return divide(steps, { userNamespace, ...idMapsOf(config), makesNodes: hostRoot, nextSlot });
}

export function idMapsOf({ linux = {} }: Config) {
  return { uids: linux.uidMappings ?? [], gids: linux.gidMappings ?? [] };
}

function rootOf(draft: Draft): InitStep[] {
  const { config, options, facts, rootfs, userNamespace, hooks } = draft;
  return rootSteps(
    config,
    { ...options, rootfs, hooks: hooks.beforePivot, stdio: stdioSteps(draft) },
    {
      bundle: options.bundle,
      facts,
      cgroupPath: draft.cgroupPath,
      newCgroupNamespace: isNew(config, 'cgroup'),
      userNamespace,
      labelOption: mountLabelOption(config),
      idMaps: idMapsOf(config),
    },
  );
}

function stdioSteps({ config, terminalSlot, parked }: Draft): InitStep[] {
  const console: InitStep[] =
    terminalSlot === null ? [] : [{ op: 'console', from: 'config-linux.md#default-devices' }];
  const terminal = terminalSteps(config.process, terminalSlot);
  return parked
    ? [...terminal, ...console, ...handOverSteps(config, terminalSlot)]
    : [...terminal, stdioStep(terminalSlot), ...console];
}

function programSteps(
  { config, facts, groups, parked, labels, userNamespace }: Draft,
  seccomp: ReturnType<typeof seccompSteps>,
): InitStep[] {
  const { process, linux = {} } = config;
  if (process === undefined) return [];
  const available = availableCapabilities(facts.capabilities, userNamespace);
  return processSteps(process, available, facts.nofile, {
    groups,
    labels: parked ? [] : labels.write,
    linux,
    seccomp,
  });
}

/** From the builder to the parked process. */
function handOverSteps(config: Config, terminalSlot: number | null): InitStep[] {
  const from = 'runtime.md#create';
  const cgroup = namespaceOf(config, 'cgroup') !== undefined;
  return [
    { op: 'handOver', from, cgroup, terminal: terminalSlot !== null },
    { op: 'openRoot', from: '/root/path', path: '/' },
    stdioStep(terminalSlot),
  ];
}

/** What new namespaces lack. */
function namespaceContents(config: Config): InitStep[] {
  const steps: InitStep[] = [];
  const namespaces = '/linux/namespaces';
  if (isNew(config, 'cgroup')) steps.push({ op: 'unshareCgroup', from: namespaces });
  if (isNew(config, 'network')) steps.push({ op: 'loopbackUp', from: namespaces });
  const { hostname = '', domainname = '' } = config;
  if (hostname !== '') steps.push({ op: 'hostname', from: '/hostname', name: hostname });
  if (domainname !== '') steps.push({ op: 'domainname', from: '/domainname', name: domainname });
  return steps;
}
