// What a plan is made of beside a config.json, for tests that make one without a host.

import type { PlanOptions } from '../../src/plan/plan.ts';
import type { Script, Stage } from '../../src/plan/script.ts';
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

/** The steps of a script by who runs them, in order. */
export function byActor(script: Script) {
  const sentBy = (stage: Stage) => script.flatMap((phase) => (phase.by === stage ? phase.steps : []));
  return {
    host: script.flatMap((phase) => (phase.by === 'host' ? phase.steps : [])),
    prepare: sentBy('prepare'),
    user: sentBy('user'),
    outer: sentBy('outer'),
    joiner: sentBy('joiner'),
    container: sentBy('container'),
  };
}
