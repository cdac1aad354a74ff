// Attributes of a bind (mount(2)): what its source has, what its options ask for, and what it gets, over the whole product. The
// table is what runc 1.3.6 gave, on a host and in a user namespace; runc 1.1 and crun 1.8 keep other rules.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { runProgram, runtimeName, runtimePath } from './support/runtime.ts';
import { type AnyConfig, Sandbox } from './support/sandbox.ts';
import { inUserNamespace } from './support/user-namespace.ts';

type Table = Readonly<Record<string, Readonly<Record<string, string>>>>;

const recorded = new URL('support/runc-1.3.6-binds.json', import.meta.url);
const tables: { readonly host: Table; readonly userNamespace: Table } = JSON.parse(
  readFileSync(recorded, 'utf8'),
);

const sandbox = Sandbox.forFile();

type Case = { readonly source: string; readonly options: string; readonly runc: string };

const listOf = (text: string) => text.split(',').filter((option) => option !== '');

function casesOf(table: Table): Case[] {
  return Object.entries(table).flatMap(([source, row]) =>
    Object.entries(row).map(([options, runc]) => ({ source, options, runc })),
  );
}

function folderOf(source: string): string {
  return `${sandbox.folder}/${source === '' ? 'plain' : source}`;
}

/** Runs one container with a bind for each case, in a mount namespace where the sources are. Returns stdout by bind, and stderr. */
async function attributes(cases: readonly Case[], change: (config: AnyConfig) => void) {
  const bundle = sandbox.script('awk \'$5 ~ "^/v" {print $5, $6}\' /proc/self/mountinfo', (config) => {
    config.root.readonly = false;
    change(config);
    cases.forEach(({ source, options }, index) => {
      const mount = { destination: `/v${index}`, type: 'bind', source: folderOf(source) };
      config.mounts.push({ ...mount, options: ['bind', ...listOf(options)] });
    });
  });
  sandbox.giveRootfs(bundle);
  const lines = [...new Set(cases.map(({ source }) => source))].map((source) => {
    mkdirSync(folderOf(source), { recursive: true });
    const remount = source === '' ? '' : ` && mount -o remount,bind,${source} ${folderOf(source)}`;
    return `mount -t tmpfs tmpfs ${folderOf(source)}${remount}`;
  });
  const run = `exec ${runtimePath} --root ${sandbox.root} run --bundle ${bundle} ${sandbox.id()}`;
  writeFileSync(`${bundle}/run.sh`, [...lines, run].join('\n'));
  const args = ['--mount', '--propagation', 'private', 'sh', '-e', `${bundle}/run.sh`];
  const { stdout, stderr } = await runProgram('unshare', args, { ...sandbox, deadline: 30_000 });
  const found = new Map(stdout.split('\n').map((line) => line.split(' ') as [string, string]));
  return { found: cases.map((_, index) => found.get(`/v${index}`) ?? ''), stderr };
}

function shown(cases: readonly Case[], results: readonly string[]): string[] {
  return cases.map(({ source, options }, index) => `[${source}] bind,${options}: ${results[index]}`);
}

describe.runIf(runtimeName === 'slipway')('a bind has the attributes that runc gives it', () => {
  test('on the host', async () => {
    const cases = casesOf(tables.host);
    const { found } = await attributes(cases, () => undefined);
    expect(shown(cases, found)).toEqual(
      shown(
        cases,
        cases.map(({ runc }) => runc),
      ),
    );
  });

  test('in a user namespace', async () => {
    const cases = casesOf(tables.userNamespace).filter(({ runc }) => runc !== 'EPERM');
    const { found } = await attributes(cases, inUserNamespace);
    expect(shown(cases, found)).toEqual(
      shown(
        cases,
        cases.map(({ runc }) => runc),
      ),
    );
  });

  /** What is asked away that the source has. */
  const contradicts = ({ source, options }: Case) =>
    listOf(source).filter((has) => listOf(options).includes(has === 'ro' ? 'rw' : has.replace(/^no/, '')));
  const isLocked = (name: string) => ['ro', 'nosuid', 'nodev', 'noexec'].includes(name);
  const refused = casesOf(tables.userNamespace).filter(({ runc }) => runc === 'EPERM');

  test.each(
    refused
      .filter((one) => contradicts(one).some(isLocked))
      .map((one) => [one.source, one.options, one] as const),
  )('in a user namespace [%s] bind,%s is refused', async (_, __, one) => {
    const { found, stderr } = await attributes([one], inUserNamespace);
    expect(found).toEqual(['']);
    const locked = contradicts(one).filter(isLocked).join(' ');
    expect(stderr).toContain(`the source is ${locked}, which cannot be cleared in a user namespace`);
  });

  // slipway opens the source with the rights of the host, where runc has those of the container's root alone.
  test('in a user namespace access times can be set, which runc refuses', async () => {
    const cases = refused.filter((one) => !contradicts(one).some(isLocked));
    const { found } = await attributes(cases, inUserNamespace);
    for (const [index, { options }] of cases.entries()) {
      const asked = listOf(options).filter((option) => /^(noatime|nodiratime|relatime)$/.test(option));
      expect([options, listOf(found[index] ?? '')]).toEqual([options, expect.arrayContaining(asked)]);
    }
  });
});
