import { describe, expect, test } from 'vitest';
import { namespaceOfSysctl, sysctlPath, sysctlSteps } from './sysctl.ts';

describe('sysctlPath', () => {
  test.each([
    ['net.ipv4.ip_forward', 'sys/net/ipv4/ip_forward'],
    ['net/ipv4/ip_forward', 'sys/net/ipv4/ip_forward'],
    ['net.ipv4.conf.eth0/100.rp_filter', 'sys/net/ipv4/conf/eth0.100/rp_filter'],
    ['net/ipv4/conf/eth0.100/rp_filter', 'sys/net/ipv4/conf/eth0.100/rp_filter'],
  ])('%s is %s', (name, path) => {
    expect(sysctlPath(name)).toBe(path);
  });
});

describe('namespaceOfSysctl', () => {
  test.each([
    ['net.core.somaxconn', 'network'],
    ['kernel.shmmax', 'ipc'],
    ['fs.mqueue.queues_max', 'ipc'],
    ['kernel.hostname', 'uts'],
    ['kernel.domainname', 'uts'],
    ['user.max_pid_namespaces', 'user'],
    ['kernel.shm_next_id', null],
    ['vm.overcommit_memory', null],
    ['net.//.kernel.panic', null],
    ['net..core', null],
  ])('%s belongs to %s', (name, type) => {
    expect(namespaceOfSysctl(name)).toBe(type);
  });
});

test('a step names its parameter by JSON pointer', () => {
  expect(sysctlSteps({ 'net/core/somaxconn': '5' })).toEqual([
    { op: 'sysctl', from: '/linux/sysctl/net~1core~1somaxconn', path: 'sys/net/core/somaxconn', value: '5' },
  ]);
});
