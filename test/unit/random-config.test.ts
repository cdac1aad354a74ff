// Documents that the schema accepts never make validation throw, and those that validation accepts never make a plan throw, nor
// the steps of one unfit for the init. On every kind of host.

import { expect, test } from 'vitest';
import { scopeOf, scopeProblems } from '../../src/cgroup/systemd/scope.ts';
import { encodeSteps } from '../../src/init/encode.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import type { PlanOptions } from '../../src/plan/plan.ts';
import type { Config } from '../../src/spec/config.ts';
import { configSchema } from '../../src/spec/config.ts';
import type { CgroupFacts, HostFacts } from '../../src/spec/host-facts.ts';
import { formatJson } from '../../src/spec/json.ts';
import { withNormalForm } from '../../src/spec/normal-form.ts';
import { validate } from '../../src/validate/validate.ts';
import { factsWith, planOptions } from '../support/plan-inputs.ts';
import { Random, randomConfig, randomValue, seed } from '../support/random-config.ts';

const controllers = ['cpuset', 'cpu', 'io', 'memory', 'hugetlb', 'pids', 'rdma'];
const v1Names = [
  'cpu',
  'cpuset',
  'memory',
  'pids',
  'blkio',
  'devices',
  'freezer',
  'hugetlb',
  'net_cls',
  'net_prio',
  'rdma',
];
const v1 = v1Names.map((name) => ({ controllers: [name], mountpoint: `/sys/fs/cgroup/${name}` }));
const v2 = { mountpoint: '/sys/fs/cgroup', controllers };
const hosts: Readonly<Record<string, CgroupFacts>> = {
  v1: { v1, v2: null },
  v2: { v1: [], v2 },
  hybrid: { v1: v1.slice(0, 5), v2: { mountpoint: '/sys/fs/cgroup/unified', controllers: ['hugetlb'] } },
  none: { v1: [], v2: null },
};

/** With everything that a property may ask for. */
function factsOf(cgroup: CgroupFacts, uid: number): HostFacts {
  return {
    ...factsWith(cgroup),
    caller: { uid, gid: uid, initialNamespace: uid === 0 },
    kcore: true,
    lsm: { apparmor: 'own-file', selinux: true },
    resctrl: '/sys/fs/resctrl',
  };
}

const options: PlanOptions = { ...planOptions, filter: new Uint8Array(8) };

/** With systemd where the path of the cgroup suits it. */
function planAll(config: Config, facts: HostFacts): void {
  const scope = facts.cgroup.v1.length === 0 ? scopeOf('c', 'system.slice', config.linux?.cgroupsPath) : null;
  const scopes = scope === null || scopeProblems(scope, config).length > 0 ? [null] : [null, scope];
  for (const one of scopes) {
    const { script } = makePlan(config, { ...options, scope: one }, facts);
    for (const phase of script) if (phase.by !== 'host') encodeSteps(phase.steps);
  }
}

test.each([
  ['v1', 0],
  ['v2', 0],
  ['hybrid', 0],
  ['none', 0],
  ['v2', 1000],
] as const)(
  '1000 valid documents on a host with %s for uid %i have a plan',
  (name, uid) => {
    const facts = factsOf(hosts[name] as CgroupFacts, uid);
    let valid = 0;
    for (let round = seed; valid < 1000; round++) {
      const config = withNormalForm(randomConfig(new Random(round)));
      // A user has a user namespace, or nothing is valid.
      if (uid !== 0) config.linux?.namespaces?.push({ type: 'user' });
      if (uid !== 0) Object.assign(config.linux ?? {}, ownMaps(uid));
      try {
        if (validate(config, facts).problems.length > 0) continue;
        planAll(config, facts);
      } catch (error) {
        throw new Error(`SEED=${round}: ${formatJson(config)}`, { cause: error });
      }
      valid += 1;
      expect(round - seed).toBeLessThan(100_000);
    }
  },
  60_000,
);

function ownMaps(uid: number) {
  const own = [{ containerID: 0, hostID: uid, size: 1 }];
  return { uidMappings: own, gidMappings: own };
}

test('3000 documents of the schema are validated', () => {
  const facts = factsOf({ v1: [], v2 }, 0);
  for (let round = seed; round < seed + 3000; round++) {
    const config = configSchema.parse(randomValue(configSchema, new Random(round)));
    expect(() => validate(config, facts), `SEED=${round}`).not.toThrow();
  }
}, 60_000);
