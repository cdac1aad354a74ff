// A process that a container can see has nothing of the host, at no moment (CVE-2016-9962 and what is like it).

import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { compileProbe } from '../support/compile.ts';
import { patience } from '../support/patience.ts';
import { runtimeName } from '../support/runtime.ts';
import { type AnyConfig, Sandbox } from '../support/sandbox.ts';
import { until } from '../support/until.ts';
import { inUserNamespace } from '../support/user-namespace.ts';
import { quiet } from '../support/words.ts';

const sandbox = Sandbox.forFile();
const marker = `${sandbox.folder}/of-the-host`;
const secret = `secret-of-${sandbox.name}`;
const env = { SECRET_OF_THE_CALLER: secret };
/** Peers need more time for each. */
const rounds = runtimeName === 'slipway' ? 1000 : 100;
const creations = rounds / 5;
const nothing = { root: 0, cwd: 0, fd: 0, memory: 0 };
let observe = '';

beforeAll(() => {
  observe = compileProbe('observe', sandbox.folder);
  writeFileSync(marker, 'of the host');
});

function maySpy(config: AnyConfig): void {
  for (const set of ['bounding', 'effective', 'permitted'])
    config.process.capabilities[set].push('CAP_SYS_PTRACE', 'CAP_DAC_READ_SEARCH');
  config.root.readonly = false;
}

/** /proc is then the host's, bound: no other can be mounted by its root. */
function withPidsOfTheHost(config: AnyConfig): void {
  config.linux.namespaces = config.linux.namespaces.filter(({ type }: AnyConfig) => type !== 'pid');
  const proc = { destination: '/proc', type: 'bind', source: '/proc', options: ['rbind'] };
  config.mounts = [proc, ...config.mounts.filter(({ destination }: AnyConfig) => destination !== '/proc')];
  config.linux.maskedPaths = [];
  config.linux.readonlyPaths = [];
}

type Container = { readonly id: string; readonly pid: number; readonly end: () => Promise<AnyConfig> };

/** A container whose program watches every process that appears in its pid namespace. */
async function observer(change: (config: AnyConfig) => void): Promise<Container> {
  const bundle = sandbox.bundle((config) => {
    maySpy(config);
    change(config);
    config.process.args = ['/observe', marker, secret, '/tmp/report'];
  });
  copyFileSync(observe, `${bundle}/rootfs/observe`);
  const { linux } = JSON.parse(readFileSync(`${bundle}/config.json`, 'utf8'));
  if (linux.uidMappings !== undefined) sandbox.giveRootfs(bundle);
  const id = sandbox.id();
  const result = await sandbox.run(['run', '-d', '-b', bundle, id]);
  expect(result).toMatchObject({ status: 0, stderr: quiet });
  const report = `${bundle}/rootfs/tmp/report`;
  await until(() => existsSync(report));
  const end = async () => {
    await sandbox.run(['kill', id, 'TERM']);
    await until(() => readFileSync(report, 'utf8').endsWith('\n'));
    return JSON.parse(readFileSync(report, 'utf8'));
  };
  return { id, pid: (await sandbox.state(id)).pid, end };
}

const kinds: readonly (readonly [string, (config: AnyConfig) => void])[] = [
  ['plain', () => undefined],
  ['with a user namespace', inUserNamespace],
  [
    // Without a user namespace such a container is shown every process of the host, by its own config.
    'with a user namespace and the processes of the host',
    (config) => {
      inUserNamespace(config);
      withPidsOfTheHost(config);
    },
  ],
];

describe(`exec, ${rounds} times, into a container that may trace (CVE-2016-9962)`, () => {
  test.each(kinds)(
    '%s',
    async (_, change) => {
      const container = await observer(change);
      for (let round = 0; round < rounds; round++) {
        const result = await sandbox.run(['exec', container.id, '/bin/true'], { env });
        expect(result).toMatchObject({ status: 0, stderr: quiet });
      }
      const report = await container.end();
      expect(report.seen).toBeGreaterThanOrEqual(rounds);
      expect(report.looks).toBeGreaterThan(0);
      expect(report).toMatchObject(nothing);
    },
    180_000 * patience,
  );
});

/** A container that joins the pid namespace of another one, and its user namespace if it has one. */
function companionOf({ pid }: Container, change: (config: AnyConfig) => void): string {
  const bundle = sandbox.bundle((config) => {
    change(config);
    config.process.args = ['/bin/true'];
    config.linux.uidMappings = undefined;
    config.linux.gidMappings = undefined;
    for (const namespace of config.linux.namespaces)
      if (['pid', 'user'].includes(namespace.type)) namespace.path = `/proc/${pid}/ns/${namespace.type}`;
  });
  sandbox.giveRootfs(bundle);
  return bundle;
}

describe(`create, ${creations} times, into the pid namespace of a container that may trace (CVE-2016-9962)`, () => {
  test.each(kinds.slice(0, 2))(
    '%s',
    async (_, change) => {
      const container = await observer(change);
      const bundle = companionOf(container, change);
      for (let round = 0; round < creations; round++) {
        const id = sandbox.id();
        const result = await sandbox.run(['create', '-b', bundle, id], { env });
        expect(result).toMatchObject({ status: 0, stderr: quiet });
        if (round % 2 === 0) expect(await sandbox.run(['start', id], { env })).toMatchObject({ status: 0 });
        expect(await sandbox.run(['delete', '--force', id], { env })).toMatchObject({ status: 0 });
      }
      const report = await container.end();
      expect(report.seen).toBeGreaterThanOrEqual(creations);
      expect(report.looks).toBeGreaterThan(0);
      expect(report).toMatchObject(nothing);
    },
    180_000 * patience,
  );
});
