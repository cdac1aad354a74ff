// Properties of the specification that slipway does not execute yet. Each is an error that says so, never ignored.

import type { Config } from '../spec/config.ts';
import { problem, type Rule } from './rule.ts';

/** A property by its pointer, and its value when it asks for something. */
const properties: readonly (readonly [string, (config: Config) => unknown])[] = [
  ['/linux/netDevices', ({ linux }) => linux?.netDevices],
  ['/linux/mountLabel', ({ linux }) => linux?.mountLabel],
  ['/linux/intelRdt', ({ linux }) => linux?.intelRdt],
  ['/linux/resources/blockIO/leafWeight', ({ linux }) => linux?.resources?.blockIO?.leafWeight],
  ['/linux/resources/blockIO/weightDevice', ({ linux }) => linux?.resources?.blockIO?.weightDevice],
  [
    '/linux/resources/blockIO/throttleReadBpsDevice',
    ({ linux }) => linux?.resources?.blockIO?.throttleReadBpsDevice,
  ],
  [
    '/linux/resources/blockIO/throttleWriteBpsDevice',
    ({ linux }) => linux?.resources?.blockIO?.throttleWriteBpsDevice,
  ],
  [
    '/linux/resources/blockIO/throttleReadIOPSDevice',
    ({ linux }) => linux?.resources?.blockIO?.throttleReadIOPSDevice,
  ],
  [
    '/linux/resources/blockIO/throttleWriteIOPSDevice',
    ({ linux }) => linux?.resources?.blockIO?.throttleWriteIOPSDevice,
  ],
  ['/linux/resources/hugepageLimits', ({ linux }) => linux?.resources?.hugepageLimits],
  ['/linux/resources/network', ({ linux }) => linux?.resources?.network],
  ['/linux/resources/rdma', ({ linux }) => linux?.resources?.rdma],
  ['/linux/resources/unified', ({ linux }) => linux?.resources?.unified],
  ['/linux/resources/memory/kernel', ({ linux }) => linux?.resources?.memory?.kernel],
  ['/linux/resources/memory/kernelTCP', ({ linux }) => linux?.resources?.memory?.kernelTCP],
];

export const notExecuted: Rule = (config) =>
  properties.flatMap(([pointer, read]) =>
    asksForSomething(read(config)) ? [problem(pointer, 'not executed yet')] : [],
  );

/** Empty values ask for nothing. */
function asksForSomething(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return value !== undefined && value !== false && value !== '';
}
