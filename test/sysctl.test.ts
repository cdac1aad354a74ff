// Kernel parameters of the container's namespaces (config-linux.md#sysctl).

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type AnyConfig, Sandbox } from './support/sandbox.ts';
import { expectRefusal } from './support/words.ts';

const sandbox = Sandbox.forFile();

function withSysctl(sysctl: object, change: (config: AnyConfig) => void = () => undefined): string {
  const files = Object.keys(sysctl).map((name) => `/proc/sys/${name.replaceAll('.', '/')}`);
  return sandbox.script(`cat ${files.join(' ')}`, (config) => {
    config.linux.sysctl = sysctl;
    change(config);
  });
}

describe('sysctl', () => {
  // @shows /linux/sysctl
  test('parameters of network, ipc and uts namespaces are set in the container alone', async () => {
    const before = readFileSync('/proc/sys/net/ipv4/ip_default_ttl', 'utf8');
    const bundle = withSysctl({
      'net.ipv4.ip_default_ttl': '77',
      'kernel.shmmni': '123',
      'kernel.msgmax': '9999',
      'fs.mqueue.msg_max': '11',
      'kernel.domainname': 'example.org',
    });
    expect(await sandbox.output(bundle)).toBe('77\n123\n9999\n11\nexample.org\n');
    expect(readFileSync('/proc/sys/net/ipv4/ip_default_ttl', 'utf8')).toBe(before);
  });

  // @shows /linux/sysctl
  test('a "/" separates too, and keeps a "." in a name', async () => {
    const bundle = sandbox.script('cat /proc/sys/net/ipv4/ip_default_ttl', (config) => {
      config.linux.sysctl = { 'net/ipv4/ip_default_ttl': '78' };
    });
    expect(await sandbox.output(bundle)).toBe('78\n');
  });

  test('works in a user namespace', async () => {
    const bundle = withSysctl({ 'net.ipv4.ip_default_ttl': '79' }, (config) => {
      config.linux.namespaces.push({ type: 'user' });
      config.linux.uidMappings = config.linux.gidMappings = [{ containerID: 0, hostID: 0, size: 100 }];
    });
    expect(await sandbox.output(bundle)).toBe('79\n');
  });

  const without = (type: string) => (config: AnyConfig) => {
    config.hostname = '';
    config.linux.namespaces = config.linux.namespaces.filter(
      (namespace: AnyConfig) => namespace.type !== type,
    );
    config.mounts = config.mounts.filter((mount: AnyConfig) => mount.type !== 'mqueue');
  };

  // @refuses /linux/sysctl
  test.each<[string, string, string, (config: AnyConfig) => void]>([
    ['of the whole machine', 'vm.swappiness', 'not in a separate kernel namespace', () => undefined],
    [
      'with a path that leads up',
      'net.//.kernel.panic',
      'not in a separate kernel namespace',
      () => undefined,
    ],
    [
      'of the host network',
      'net.ipv4.ip_default_ttl',
      'not allowed in the host network namespace',
      without('network'),
    ],
    ['of the host ipc', 'kernel.shmmni', 'not allowed in the host ipc namespace', without('ipc')],
    ['of the host uts', 'kernel.domainname', 'not allowed in the host uts namespace', without('uts')],
    [
      'of no user namespace',
      'user.max_user_namespaces',
      'not allowed in the host user namespace',
      () => undefined,
    ],
    ['beside a hostname', 'kernel.hostname', 'conflicts with /hostname', () => undefined],
    ['beside a hostname, with slashes', 'kernel/hostname', 'conflicts with /hostname', () => undefined],
    [
      'of the host network by path',
      'net.ipv4.ip_default_ttl',
      'not allowed in the host network namespace',
      (config) => {
        without('network')(config);
        config.linux.namespaces.push({ type: 'network', path: '/proc/self/ns/net' });
      },
    ],
    [
      'that does not exist',
      'net.nosuch',
      'open "/proc/sys/net/nosuch": no such file or directory',
      () => undefined,
    ],
  ])('refuses one %s', async (_, name, text, change) => {
    const result = await sandbox.run(['run', '-b', withSysctl({ [name]: '1' }, change), sandbox.id()]);
    expectRefusal(result, text);
    expect(sandbox.leftovers()).toEqual([]);
  });

  // @refuses /linux/sysctl
  test('refuses a value that the kernel does not take', async () => {
    const bundle = withSysctl({ 'net.ipv4.ip_default_ttl': 'many' });
    const result = await sandbox.run(['run', '-b', bundle, sandbox.id()]);
    expectRefusal(
      result,
      'unable to start container process: /linux/sysctl/net.ipv4.ip_default_ttl: write "many" to "/proc/sys/net/ipv4/ip_default_ttl": invalid argument (EINVAL)\n',
    );
  });
});
