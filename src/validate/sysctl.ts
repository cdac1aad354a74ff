// Rules about kernel parameters (config-linux.md#sysctl): only those of the container's own namespaces, as in runc.

import { namespaceOf } from '../namespace/asked.ts';
import { namespaceOfSysctl, sysctlPath } from '../sysctl/sysctl.ts';
import { problem, type Rule } from './rule.ts';

export const sysctlOfOwnNamespace: Rule = (config) =>
  Object.keys(config.linux?.sysctl ?? {}).flatMap((name) => {
    const type = namespaceOfSysctl(name);
    const why =
      type === null
        ? 'is not in a separate kernel namespace: it would change the whole machine'
        : namespaceOf(config, type) === undefined
          ? `not allowed in the host ${type} namespace: add {"type": "${type}"} to /linux/namespaces`
          : sysctlPath(name) === 'sys/kernel/hostname'
            ? 'conflicts with /hostname, which sets it: give that alone'
            : null;
    return why === null ? [] : [problem('/linux/sysctl', `sysctl ${JSON.stringify(name)} ${why}`)];
  });
