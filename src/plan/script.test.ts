// The order of every script: what must come before what, and that nothing else keeps it.

import { describe, expect, test } from 'vitest';
import { byActor, factsWith, planOptions } from '../../test/support/plan-inputs.ts';
import { Random, randomConfig, seed } from '../../test/support/random-config.ts';
import { type Config, configSchema } from '../spec/config.ts';
import { exampleConfig } from '../spec/example.ts';
import { withNormalForm } from '../spec/normal-form.ts';
import { validate } from '../validate/validate.ts';
import { execParts } from './exec-parts.ts';
import { execScript } from './exec-script.ts';
import { makePlan } from './make-plan.ts';
import type { PlanOptions } from './plan.ts';
import { makeRestorePlan } from './restore-plan.ts';
import type { Phase, Script } from './script.ts';

/** What happens in a script, in order: `STAGE:OP` is sent, `host:OP` is run, `RECORD` has come; HELLO is numbered. */
function events(script: Script): string[] {
  let hellos = 0;
  return script.flatMap(({ by, steps, until }) => [
    ...steps.map((step) => `${by}:${step.op === 'hook' && by === 'host' ? step.kind : step.op}`),
    ...until.map((kind) => (kind === 'HELLO' ? `HELLO${++hellos}` : kind)),
  ]);
}

type Rule = readonly [before: RegExp, after: RegExp];

/** Who starts whom (init/protocol.ts). */
const stages: readonly Rule[] = [
  [/^HELLO1$/, /^prepare:/],
  [/^prepare:/, /^HELLO2$/],
  [/^prepare:/, /^(user|outer):/],
  [/^user:/, /^HELLO3$/],
  [/^user:/, /^outer:/],
  [/^outer:/, /^(joiner|container):/],
  [/^joiner:/, /^container:/],
  [/^(outer|joiner):/, /^PID$/],
  [/^HELLO\d$/, /^PID$/],
  // A filter without a listener is loaded in the midst of other steps.
  [/^LISTENER$/, /^host:sendListener$/],
  [/^host:sendListener$/, /^container:(waitStart|exec)$/],
  [/^container:(attachRootfs|mount|sync)$/, /^container:(pivotRoot|changeRoot|waitStart)$/],
  [/^container:(attachRootfs|mount)$/, /^container:sync$/],
  [/^host:followSignals$/, /^PID$/],
  [/^(EXEC|READY)$/, /^host:(passSignals|pidFile|publishState|keepFilter)$/],
];

/** Of a container that is made: whatever is made is in the state first, or goes with what is. */
const making: readonly Rule[] = [
  [/^host:claim$/, /^(HELLO1|host:(?!claim))/],
  [/^host:demandIdle$/, /^host:saveState$/],
  [/^host:saveState$/, /^host:(noteCgroups|startScope|bindRoot|rdt(Class|Monitor)|followSignals)$/],
  [/^host:noteCgroups$/, /^host:(cgroup(Make|HandDown)|startScope)$/],
  [/^host:(bindRoot|rdtClass|cgroupMake)$/, /^PID$/],
  [/^host:bindRoot$/, /^container:/],
  [/^PID$/, /^host:saveInit$/],
  [
    /^host:saveInit$/,
    /^(container:(sync|waitStart)|host:(giveStdio|netDevice|rdtJoin|prestart|createRuntime))$/,
  ],
  [/^(prepare:|HELLO2$)/, /^host:writeIdMap$/],
  [/^host:writeIdMap$/, /^user:/],
  [/^host:joinCgroup$/, /^container:/],
  [/^SYNC$/, /^host:(prestart|createRuntime)$/],
  [/^container:sync$/, /^SYNC$/],
  [/^host:prepareState$/, /^host:publishState$/],
  [/^host:pidFile$/, /^host:publishState$/],
  [/^host:(prestart|createRuntime)$/, /^(container:(pivotRoot|changeRoot|waitStart)|host:letGo)$/],
];

const rules = {
  create: [
    ...stages,
    ...making,
    [/^host:prepareState$/, /^READY$/],
    [/^container:waitStart$/, /^(READY|host:prepareState)$/],
  ],
  run: [
    ...stages.slice(0, -1),
    ...making,
    [/^container:waitStart$/, /^(READY|host:prepareState)$/],
    [/^host:prepareState$/, /^READY$/],
    [/^READY$/, /^host:(pidFile|publishState|keepFilter|letGo)$/],
    [/^host:(publishState|keepFilter|listenReadiness|refuseStart)$/, /^host:letGo$/],
    [/^host:letGo$/, /^EXEC$/],
    [/^EXEC$/, /^host:(passSignals|poststart)$/],
  ],
  exec: [
    ...stages,
    [/^HELLO2$/, /^host:demandTarget$/],
    [/^host:demandTarget$/, /^(outer|joiner):/],
    [/^PID$/, /^host:(oomScoreAdj|giveStdio|joinCgroup)$/],
    [/^host:(oomScoreAdj|giveStdio|joinCgroup)$/, /^container:/],
    [/^container:exec$/, /^EXEC$/],
  ],
  restore: [
    ...stages,
    ...making,
    [/^PID$/, /^host:(saveInit|prestart|createRuntime)$/],
    [/^host:saveInit$/, /^host:letGo$/],
    [/^host:letGo$/, /^READY$/],
    [/^READY$/, /^host:(prepareState|poststart)$/],
  ],
} as const satisfies Record<string, readonly Rule[]>;

/** Phases, by their first events, that may run in any order, or at the same time. */
const free: readonly Rule[] = [
  [/^prepare:/, /^host:demandIdle$/],
  [/^host:noteCgroups$/, /^host:(bindRoot|rdtClass)$/],
  [/^host:(bindRoot|rdtClass)$/, /^(prepare:|outer:|host:followSignals$)/],
  [/^host:followSignals$/, /^outer:/],
  [/^user:/, /^host:followSignals$/],
  // With a limit of processes: where the process is, and what it has.
  [/^host:joinCgroup$/, /^host:oomScoreAdj$/],
];

/** Which rules a script breaks. */
function broken(script: Script, kind: keyof typeof rules): string[] {
  const all = events(script);
  return rules[kind].flatMap(([before, after]) => {
    const last = all.findLastIndex((event) => before.test(event));
    const first = all.findIndex((event) => after.test(event));
    return first !== -1 && last > first ? [`${all[first]} comes before ${all[last]}`] : [];
  });
}

const facts = {
  ...factsWith({
    v1: [{ controllers: ['pids'], mountpoint: '/cg/pids' }],
    v2: { mountpoint: '/cg/unified', controllers: [] },
  }),
  resctrl: '/sys/fs/resctrl',
};

const foreground = { kind: 'foreground' } as const;

const images = {
  images: '/images',
  work: '/work',
  tcpEstablished: false,
  extUnixSk: false,
  shellJob: false,
  fileLocks: false,
  lazyPages: false,
  autoDedup: false,
  cgroupMode: 'soft',
  emptyNamespaces: [],
  lsmProfile: null,
  lsmMountContext: null,
} as const;

const target = { id: 'c', pid: 17, cgroups: [], keyring: null, denyGroups: false, uids: null };

/** Every script of a container. */
function scriptsOf(config: Config): Record<keyof typeof rules, Script> {
  const options: PlanOptions = { ...planOptions, filter: new Uint8Array(8), pidFile: '/pid' };
  const running = { ...options, start: foreground, notifyDirectory: '/run/slipway/c/notify' };
  const cgroups = [{ directory: '/cg/pids/c', version: 1, controllers: ['pids'] } as const];
  const parts = execParts({ ...target, config, cgroups }, config.process ?? { cwd: '/' }, running, facts);
  return {
    create: makePlan(config, options, facts).script,
    run: makePlan(config, running, facts).script,
    exec: execScript(parts, config, running),
    restore: makeRestorePlan(config, running, facts, { request: images, descriptors: [] }).script,
  };
}

const hook = [{ path: '/bin/true' }];

/** With something for every phase. */
function fullConfig(change: (config: Loose) => void): Config {
  const config = exampleConfig(false) as Loose;
  Object.assign(config, {
    hooks: {
      prestart: hook,
      createRuntime: hook,
      createContainer: hook,
      startContainer: hook,
      poststart: hook,
      poststop: hook,
    },
  });
  Object.assign(config.process, { oomScoreAdj: 10, noNewPrivileges: false });
  Object.assign(config.linux, {
    intelRdt: { schemata: ['L3:0=f'] },
    seccomp: {
      defaultAction: 'SCMP_ACT_ALLOW',
      listenerPath: '/agent',
      syscalls: [{ names: ['umask'], action: 'SCMP_ACT_NOTIFY' }],
    },
  });
  change(config);
  return configSchema.parse(config);
}

type Loose = { process: object; linux: Record<string, unknown>; [key: string]: unknown };

const configs = {
  'a container': fullConfig(() => undefined),
  'one in a user namespace': fullConfig(({ linux }) => {
    linux.namespaces = ['user', 'mount', 'pid', 'network'].map((type) => ({ type }));
    linux.uidMappings = [{ containerID: 0, hostID: 1000, size: 10 }];
    linux.gidMappings = [{ containerID: 0, hostID: 1000, size: 10 }];
  }),
  'one in the mount namespace of the caller': fullConfig(({ linux }) => {
    linux.namespaces = [{ type: 'pid' }];
  }),
};

const kinds = Object.keys(rules) as (keyof typeof rules)[];

describe.each(Object.entries(configs))('%s', (_, config) => {
  test.each(kinds)('the script of %s keeps every rule', (kind) => {
    expect(broken(scriptsOf(config)[kind], kind)).toEqual([]);
  });

  test.each(kinds)('the script of %s breaks one when two phases change places', (kind) => {
    const script = scriptsOf(config)[kind];
    const unnoticed = script.slice(1).flatMap((phase, index) => {
      const first = script[index] as Phase;
      const swapped = script.toSpliced(index, 2, phase, first);
      const [[one = ''], [other = '']] = [events([first]), events([phase])];
      const isFree = free.some(([before, after]) => before.test(one) && after.test(other));
      return isFree || broken(swapped, kind).length > 0 ? [] : [`${one} and ${other}`];
    });
    expect(unnoticed).toEqual([]);
  });
});

test('the scripts of 500 valid documents keep every rule', () => {
  let valid = 0;
  for (let round = seed; valid < 500; round++) {
    const config = withNormalForm(randomConfig(new Random(round)));
    if (config.process === undefined || validate(config, facts).problems.length > 0) continue;
    valid += 1;
    const scripts = scriptsOf(config);
    for (const kind of kinds) expect(broken(scripts[kind], kind), `SEED=${round} ${kind}`).toEqual([]);
  }
}, 60_000);

test('everything that is sent is sent once', () => {
  const { prepare, user, outer, container } = byActor(scriptsOf(configs['one in a user namespace']).create);
  expect(prepare.filter(({ op }) => op === 'setup')).toHaveLength(1);
  expect(user.filter(({ op }) => op === 'setup')).toHaveLength(1);
  expect(outer.filter(({ op }) => op === 'setup')).toHaveLength(1);
  expect(container.at(-1)?.op).toBe('exec');
});
