// Moves a network device into the namespace of a container with ip(8) of iproute2.

import { closeSync, openSync } from 'node:fs';
import { RuntimeError } from '../error/error.ts';
import type { NetDeviceStep } from '../network/net-devices.ts';
import { runProgram } from './program.ts';

/** What `ip -json address show` says of an address (ip-address(8)). */
type Address = {
  readonly local: string;
  readonly prefixlen: number;
  readonly scope: string;
  readonly broadcast?: string;
  /** The other end of a point-to-point link; then `local` is this one. */
  readonly address?: string;
  /** It was leased, and is not there for good. */
  readonly dynamic?: boolean;
};

type Link = {
  readonly ifname: string;
  readonly flags: readonly string[];
  readonly addr_info?: readonly Address[];
};

/** Runs ip(8) in a network namespace, and returns what it prints. */
type Ip = (...args: string[]) => Promise<string>;

/**
 * Moves and renames; gives it the global addresses that it had for good, which the kernel takes off, and sets it up. Returns what
 * takes it back, as long as the container is not started. Throws SYSTEM with what ip says, and NOT_SUPPORTED without iproute2.
 */
export async function moveNetDevice(pid: number, step: NetDeviceStep): Promise<() => Promise<void>> {
  const { from, device, name } = step;
  const onHost: Ip = (...args) => run(from, 'ip', args);
  // Held open: with the last process of a namespace its devices go too, and those that are not of hardware are gone for good.
  const namespace = openSync(`/proc/${pid}/ns/net`, 'r');
  const path = `/proc/${process.pid}/fd/${namespace}`;
  const inside: Ip = (...args) => run(from, 'nsenter', [`--net=${path}`, 'ip', ...args]);
  try {
    const [link] = parseLinks(await onHost('-json', 'address', 'show', 'dev', device));
    const before = namesIn(await inside('-json', 'link', 'show'));
    if (before.includes(name)) {
      const where = `${from}/name`;
      throw new RuntimeError(
        'SYSTEM',
        `${where}: "${name}" is taken in the container: file exists (EEXIST)`,
        {
          ref: where,
        },
      );
    }
    await onHost('link', 'set', 'dev', device, 'netns', path, 'name', name);
    const after = namesIn(await inside('-json', 'link', 'show'));
    const moved = after.find((found) => !before.includes(found)) ?? name;
    await setUp(inside, moved, link, true);
    return async () => {
      await inside('link', 'set', 'dev', moved, 'netns', String(process.pid), 'name', device);
      await setUp(onHost, device, link, link?.flags.includes('UP') === true);
      closeSync(namespace);
    };
  } catch (error) {
    closeSync(namespace);
    throw error;
  }
}

async function setUp(ip: Ip, name: string, link: Link | undefined, up: boolean): Promise<void> {
  for (const address of link?.addr_info ?? []) {
    if (address.scope === 'global' && address.dynamic !== true)
      await ip('address', 'add', ...addressWords(address), 'dev', name);
  }
  if (up) await ip('link', 'set', 'dev', name, 'up');
}

function addressWords({ local, address, prefixlen, broadcast }: Address): string[] {
  return [
    ...(address === undefined ? [`${local}/${prefixlen}`] : [local, 'peer', `${address}/${prefixlen}`]),
    ...(broadcast === undefined ? [] : ['broadcast', broadcast]),
  ];
}

function namesIn(text: string): string[] {
  return parseLinks(text).map(({ ifname }) => ifname);
}

/** ip prints nothing at all for no links, and an empty object for what it left out. */
function parseLinks(text: string): Link[] {
  const links: Partial<Link>[] = text.trim() === '' ? [] : JSON.parse(text);
  return links.filter((link): link is Link => link.ifname !== undefined);
}

async function run(from: string, program: string, args: readonly string[]): Promise<string> {
  const { failure, code, output } = await runProgram(program, args);
  if (failure === null) return output;
  const missing = code === 'ENOENT' || failure.includes('failed to execute ip');
  throw new RuntimeError(
    missing ? 'NOT_SUPPORTED' : 'SYSTEM',
    missing ? `${from}: ip(8) is not found: install iproute2` : `${from}: ${failure}`,
    { ref: from },
  );
}
