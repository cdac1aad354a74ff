// Network devices that move into a container (config-linux.md#network-devices): one end of a veth(4) pair of the host.

import { execFileSync, spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AnyConfig, Sandbox } from './support/sandbox.ts';
import { expectRefusal } from './support/words.ts';

const sandbox = Sandbox.forFile();
const device = 'slipway-t0';
const other = 'slipway-t1';

function ip(...args: string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8' });
}

beforeEach(() => {
  ip('link', 'add', device, 'type', 'veth', 'peer', 'name', other);
  ip('address', 'add', '192.0.2.7/24', 'broadcast', '192.0.2.255', 'dev', device);
  ip('address', 'add', '2001:db8::7/64', 'nodad', 'dev', device);
  ip('address', 'add', '198.51.100.1', 'peer', '198.51.100.2/32', 'dev', device);
  // Of the link alone: the kernel makes its own in the container.
  ip('address', 'add', '169.254.7.7/16', 'scope', 'link', 'dev', device);
});

afterEach(() => {
  spawnSync('ip', ['link', 'delete', other]);
});

function withDevices(netDevices: AnyConfig, change = (_: AnyConfig) => {}): string {
  return sandbox.script('exec busybox ip address show', (config) => {
    config.linux.netDevices = netDevices;
    change(config);
  });
}

/** The lines about a device in what `ip address` of busybox prints. */
function linesOf(name: string, output: string): string {
  return (
    output.split(/^(?=\d+: )/m).find((part) => part.includes(`: ${name}@`) || part.includes(`: ${name}:`)) ??
    ''
  );
}

describe('a device', () => {
  test.each([
    ['keeps its name', {}, device],
    // @shows /linux/netDevices/*/name
    ['gets another name', { name: 'eth7' }, 'eth7'],
    // @shows /linux/netDevices/*/name
    ['gets the first number that is free', { name: 'eth%d' }, 'eth0'],
  ])('%s', async (_, entry, name) => {
    const output = await sandbox.output(withDevices({ [device]: entry }));
    const lines = linesOf(name, output);
    expect(lines).toMatch(/<[^>]*\bUP\b/);
    expect(lines).toContain('inet 192.0.2.7/24 brd 192.0.2.255 scope global');
    expect(lines).toContain('inet6 2001:db8::7/64 scope global');
    expect(lines).toContain('inet 198.51.100.1 peer 198.51.100.2/32');
    expect(lines).not.toContain('169.254.7.7');
  });

  // @shows /linux/netDevices
  test('is no longer on the host, and goes with the container', async () => {
    const id = sandbox.id();
    await sandbox.run(['create', '-b', withDevices({ [device]: {} }), id]);
    expect(ip('link', 'show')).not.toContain(`${device}@`);
    await sandbox.run(['delete', '--force', id]);
    expect(ip('link', 'show')).not.toContain(`${device}@`);
  });

  test('moves to a user namespace too', async () => {
    const bundle = withDevices({ [device]: { name: 'eth0' } }, (config) => {
      config.linux.namespaces.push({ type: 'user' });
      config.linux.uidMappings = [{ containerID: 0, hostID: 100_000, size: 1000 }];
      config.linux.gidMappings = [{ containerID: 0, hostID: 200_000, size: 1000 }];
    });
    sandbox.giveRootfs(bundle);
    expect(linesOf('eth0', await sandbox.output(bundle))).toContain('inet 192.0.2.7/24');
  });
});

// @shows /linux/netDevices
test('a create that fails gives the device back as it was', async () => {
  ip('link', 'set', 'dev', device, 'up');
  const addresses = () =>
    linesOf(device, ip('address', 'show')).match(/inet6? \S+( peer \S+)? (brd \S+ )?scope global/g);
  const before = addresses();
  const bundle = withDevices({ [device]: { name: 'eth0' } }, (config) => {
    config.process.args = ['/nosuch'];
  });
  expectRefusal(await sandbox.run(['create', '-b', bundle, sandbox.id()]), '"/nosuch": stat /nosuch');
  expect(addresses()).toEqual(before);
  expect(before).toHaveLength(3);
  expect(linesOf(device, ip('address', 'show'))).toMatch(/<[^>]*\bUP\b/);
});

// @refuses /linux/netDevices
describe('refuses', () => {
  const at = '/linux/netDevices';
  test.each<[string, string, AnyConfig]>([
    ['a device that is not there', `${at}/nosuch0: .*nosuch0.* does not exist`, { nosuch0: {} }],
    // @refuses /linux/netDevices/*/name
    [
      'a name that is taken',
      `${at}/${device}/name: "lo" is taken in the container`,
      { [device]: { name: 'lo' } },
    ],
    ['a name that is none', `${at}/${device}/name: "a/b" is no name`, { [device]: { name: 'a/b' } }],
    [
      'a name that is too long',
      `${at}/${device}/name: .* is no name`,
      { [device]: { name: 'sixteen-letters-' } },
    ],
    [
      'one name for two devices',
      `${at}: two devices cannot both be "eth0"`,
      { [device]: { name: 'eth0' }, [other]: { name: 'eth0' } },
    ],
    ['a wrong type', `${at}/${device}/name: expected a string`, { [device]: { name: 7 } }],
  ])('%s', async (_, words, netDevices) => {
    const result = await sandbox.run(['create', '-b', withDevices(netDevices), sandbox.id()]);
    expectRefusal(result, new RegExp(words));
    expect(ip('link', 'show')).toContain(`${device}@`);
  });

  // @refuses /linux/netDevices
  test('devices without a network namespace', async () => {
    const bundle = withDevices({ [device]: {} }, (config) => {
      config.linux.namespaces = config.linux.namespaces.filter(({ type }: AnyConfig) => type !== 'network');
    });
    expectRefusal(
      await sandbox.run(['create', '-b', bundle, sandbox.id()]),
      `${at}: needs a network namespace`,
    );
  });
});
