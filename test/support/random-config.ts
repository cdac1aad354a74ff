// Documents made at random from the schema of config.json.

import type { z } from 'zod';
import { type Config, configSchema } from '../../src/spec/config.ts';
import { resourcesSchema } from '../../src/spec/resources.ts';
import { looseExample } from './loose-example.ts';
import type { AnyConfig } from './sandbox.ts';

type Schema = z.core.$ZodType;

/** Of tests with random documents: another one each time; one that failed is in the message. */
export const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);

/** Numbers from a seed, the same ones each time (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** From 0 to 1, without 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** From 0 to most - 1. */
  below(most: number): number {
    return Math.floor(this.next() * most);
  }

  chance(part: number): boolean {
    return this.next() < part;
  }

  pick<T>(from: readonly T[]): T {
    const found = from[this.below(from.length)];
    if (found === undefined) throw new Error('nothing to pick from');
    return found;
  }
}

/** Some mean something to some property. */
const texts = [
  '',
  '/',
  '/a',
  '/proc',
  '/sys',
  '/dev',
  '/dev/shm',
  '/proc/cpuinfo',
  '/tmp/x/../y',
  'a',
  'a b',
  'ü\n',
  'proc',
  'tmpfs',
  'bind',
  'cgroup',
  'mqueue',
  'sysfs',
  'ro',
  'rw',
  'rbind',
  'nosuid',
  'noexec',
  'rshared',
  'rro',
  'idmap',
  'tmpcopyup',
  'size=1m',
  'mode=700',
  '0',
  '0-3',
  '0-1,3',
  'x-y',
  '10M',
  'max',
  '100000',
  'PATH=/bin',
  'A=',
  'A=b=c',
  '=',
  'CAP_SYS_ADMIN',
  'CAP_KILL',
  'CAP_NONE',
  'RLIMIT_NOFILE',
  'RLIMIT_CORE',
  'net.ipv4.ip_forward',
  'kernel.shm_rmid_forced',
  'kernel.domainname',
  'memory.high',
  'cpu.max',
  'cpuset.cpus',
  'pids.max',
  'cgroup.max.depth',
  '2MB',
  '1GB',
  'read',
  'write',
  'umask',
  'nosuch',
  'lo',
  'eth0',
  'eth%d',
  '1.0.0',
  '1.2.0-dev',
  'L3:0=f',
  'MB:0=50',
  'org.systemd.property.TimeoutStopUSec',
  'uint64 7',
  'run.oci.keep_original_groups',
  'rwm',
  'a:b:c',
];

/** A value that the schema accepts. */
export function randomValue(schema: Schema, random: Random): AnyConfig {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'optional':
      return randomValue(def.innerType, random);
    case 'unknown':
      return random.pick([null, 7, 'x', {}, []]);
    case 'boolean':
      return random.chance(0.5);
    case 'enum':
      return random.pick(Object.values(def.entries));
    case 'union':
      return randomValue(random.pick(def.options), random);
    case 'string':
      return random.pick(accepted(schema, texts));
    case 'number':
      return random.pick(accepted(schema, numbers(random)));
    case 'bigint':
      return random.pick(accepted(schema, [2n ** 53n, 2n ** 63n - 1n, 2n ** 64n - 1n, -(2n ** 63n)]));
    case 'array': {
      const list = Array.from({ length: random.below(4) }, () => randomValue(def.element, random));
      const one = () => [randomValue(def.element, random)];
      return random.pick(accepted(schema, [list, list.slice(0, 1), one(), []]));
    }
    case 'record':
      return Object.fromEntries(
        Array.from({ length: random.below(3) }, () => [
          randomValue(def.keyType, random),
          randomValue(def.valueType, random),
        ]),
      );
    case 'object':
      return randomObject(def.shape, random);
    default:
      throw new Error(`random-config: ${def.type}`);
  }
}

function randomObject(shape: Readonly<Record<string, Schema>>, random: Random): AnyConfig {
  const asked = random.pick([0.1, 0.5, 1]);
  const members = Object.entries(shape).filter(
    ([, member]) => member._zod.optin !== 'optional' || random.chance(asked),
  );
  return Object.fromEntries(members.map(([key, member]) => [key, randomValue(member, random)]));
}

function numbers(random: Random): number[] {
  const wide = Math.floor(random.next() * 2 ** 53);
  return [
    0,
    1,
    -1,
    2,
    5,
    10,
    100,
    1000,
    1024,
    4096,
    65535,
    100000,
    1048576,
    2 ** 31 - 1,
    -(2 ** 31),
    2 ** 32 - 1,
    wide,
    -wide,
    random.below(20),
    random.below(1000),
    -random.below(20),
  ];
}

function accepted<T>(schema: Schema, values: readonly T[]): T[] {
  return values.filter((value) => (schema as z.ZodType).safeParse(value).success);
}

/** The example with some of its properties made at random; the schema accepts it. */
export function randomConfig(random: Random): Config {
  const config = looseExample();
  const { process, linux, ...others } = configSchema.shape;
  const sections: readonly (readonly [(config: AnyConfig) => AnyConfig, Readonly<Record<string, Schema>>])[] =
    [
      [(own) => own, others],
      [(own) => own.process, process.unwrap().shape],
      [(own) => own.linux, linux.unwrap().shape],
      [(own) => own.linux.resources, resourcesSchema.shape],
    ];
  for (let count = 1 + random.below(4); count > 0; count--) {
    const [sectionOf, shape] = random.pick(sections);
    const [key, schema] = random.pick(Object.entries(shape));
    const section = sectionOf(config);
    if (section !== undefined) section[key] = randomValue(schema, random);
  }
  return configSchema.parse(config);
}
