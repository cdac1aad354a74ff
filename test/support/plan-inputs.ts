// What a plan is made of beside a config.json, for tests that make one without a host.

import type { PlanOptions } from '../../src/plan/plan.ts';
import { type Script, stepsBy } from '../../src/plan/script.ts';
import type { CgroupFacts, HostFacts } from '../../src/spec/host-facts.ts';

/** A plain host, seen by its root. */
export function factsWith(cgroup: CgroupFacts): HostFacts {
  return {
    caller: { uid: 0, gid: 0, initialNamespace: true },
    hugePageSizes: () => ['2MB'],
    cgroup,
    cgroupMounts: cgroup,
    kcore: false,
    lsm: { apparmor: null, selinux: false },
    resctrl: null,
    seccomp: true,
    capabilities: (1n << 41n) - 1n,
    nofile: { soft: 1024n, hard: 4096n },
  };
}

export const planOptions: PlanOptions = {
  id: 'c',
  folder: '/run/slipway/c',
  bundle: '/b',
  notifyDirectory: null,
  pidFile: null,
  preserved: [],
  noPivot: false,
  unpacked: false,
  keyring: '_ses.c.0',
  consoleSocket: null,
  pidfdSocket: null,
  start: { kind: 'fifos', start: '/s', result: '/r' },
  debug: false,
  scope: null,
  filter: null,
};

/** The steps of a script by who runs them. */
export function byActor(script: Script) {
  return {
    host: stepsBy(script, 'host'),
    prepare: stepsBy(script, 'prepare'),
    user: stepsBy(script, 'user'),
    outer: stepsBy(script, 'outer'),
    joiner: stepsBy(script, 'joiner'),
    container: stepsBy(script, 'container'),
  };
}
