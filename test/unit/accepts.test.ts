// The generated validator and zod agree: on documents that are right, and on thousands that were changed at random places.

import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { generateAccepts } from '../../scripts/generate-accepts.ts';
import { configSchema } from '../../src/spec/config.ts';
import { exampleConfig } from '../../src/spec/example.ts';
import type { Json } from '../../src/spec/json.ts';
import { unknownKeys } from '../../src/spec/unknown-keys.ts';
import { Random } from '../support/random-config.ts';

const names = ['hello', 'shell', 'limits', 'hooks', 'user-namespace', 'joined-namespaces'];
const bundles = names.map((name) => JSON.parse(readFileSync(`bundles/${name}/config.json`, 'utf8')));
/** Has what no bundle has: unions of numbers and bigints, records of records, enums in lists. */
const rich = {
  ...bundles[2],
  annotations: { 'org.example': 'x' },
  linux: {
    ...bundles[2].linux,
    timeOffsets: { monotonic: { secs: -3, nanosecs: 5 }, boottime: {} },
    devices: [{ type: 'c', path: '/dev/x', major: 1, minor: 3, fileMode: 438, uid: 0, gid: 0 }],
    netDevices: { eth0: { name: 'eth1' } },
    rootfsPropagation: 'rslave',
    seccomp: {
      defaultAction: 'SCMP_ACT_ERRNO',
      architectures: ['SCMP_ARCH_X86_64'],
      flags: ['SECCOMP_FILTER_FLAG_LOG'],
      syscalls: [
        {
          names: ['read'],
          action: 'SCMP_ACT_ALLOW',
          args: [{ index: 5, value: 18446744073709551615n, op: 'SCMP_CMP_EQ' }],
        },
      ],
    },
    memoryPolicy: { mode: 'MPOL_BIND', nodes: '0', flags: ['MPOL_F_STATIC_NODES'] },
    personality: { domain: 'LINUX', flags: [] },
    intelRdt: { schemata: ['L3:0=1'] },
    resources: {
      ...bundles[2].linux.resources,
      blockIO: { weight: 10, throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 600 }] },
      hugepageLimits: [{ pageSize: '2MB', limit: 1 }],
      network: { classID: 1, priorities: [{ name: 'lo', priority: 1 }] },
      rdma: { mlx5_1: { hcaHandles: 3 } },
      unified: { 'memory.high': '1' },
    },
  },
};
const documents: Json[] = [...bundles, exampleConfig(false), exampleConfig(true), rich];

const values: Json[] = [
  null,
  '',
  'text',
  '/',
  'NAME=value',
  'a\0b',
  true,
  -1,
  0,
  1,
  1.5,
  2 ** 32,
  2 ** 53,
  -(2n ** 63n),
  -(2n ** 63n) - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
  2n ** 64n,
  [],
  [''],
  {},
  { key: '' },
];

let accepts: (value: unknown) => boolean;

beforeAll(async () => {
  const code = generateAccepts(configSchema);
  ({ accepts } = await import(`data:text/javascript,${encodeURIComponent(code)}`));
});

/** What the generated validator must say. */
function expected(document: Json): boolean {
  return configSchema.safeParse(document).success && unknownKeys(configSchema, document).length === 0;
}

test.each(documents.map((document, index) => [index, document]))(
  'accepts document %i',
  (_index, document) => {
    expect([accepts(document), expected(document as Json)]).toEqual([true, true]);
  },
);

test.each(values)('refuses a document that is %o', (value) => {
  expect([accepts(value), expected(value)]).toEqual([false, false]);
});

test('says what zod says of 20,000 changed documents', { timeout: 60_000 }, () => {
  const random = new Random(16);
  const counts = { yes: 0, no: 0 };
  for (let round = 0; round < 20_000; round++) {
    const document = structuredClone(random.pick(documents)) as Json;
    change(document, random);
    const answer = accepts(document);
    if (answer !== expected(document)) expect([answer, document]).toEqual([!answer, 'as zod says']);
    counts[answer ? 'yes' : 'no'] += 1;
  }
  // Both answers were really tried.
  expect(Math.min(counts.yes, counts.no)).toBeGreaterThan(2000);
});

/** Sets, removes or adds one member somewhere. */
function change(document: Json, random: Random): void {
  let parent = document as Record<string, Json>;
  for (;;) {
    const keys = Object.keys(parent);
    const key = keys[random.below(keys.length)];
    if (key === undefined || random.below(8) === 0) {
      parent[Array.isArray(parent) ? String(keys.length) : `key${random.below(3)}`] = anyValue(random);
      return;
    }
    const member = parent[key];
    if (typeof member === 'object' && member !== null && random.below(6) > 0) {
      parent = member as typeof parent;
      continue;
    }
    if (random.below(4) === 0 && !Array.isArray(parent)) delete parent[key];
    else parent[key] = anyValue(random);
    return;
  }
}

function anyValue(random: Random): Json {
  return structuredClone(random.pick(values)) as Json;
}
