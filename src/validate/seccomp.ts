// Rules about seccomp profiles (config-linux.md#seccomp).

import { agentOf, asksListener, takesErrno } from '../seccomp/profile.ts';
import type { Seccomp } from '../spec/seccomp.ts';
import { problem, type Rule } from './rule.ts';

export const seccompNeedsKernel: Rule = ({ linux }, { seccomp }) =>
  linux?.seccomp === undefined || seccomp
    ? []
    : [problem('/linux/seccomp', 'seccomp is not supported by this kernel; leave it out')];

/** MAX_ERRNO of the kernel, which would return that for anything above; a tracer gets 16 bits. */
const highest = { SCMP_ACT_ERRNO: 4095, SCMP_ACT_TRACE: 65535 } as const;

export const errnoFitsAction: Rule = ({ linux }) => {
  const { defaultAction, defaultErrnoRet, syscalls = [] } = linux?.seccomp ?? {};
  return [
    ...errnoProblems('/linux/seccomp/defaultErrnoRet', defaultAction, defaultErrnoRet),
    ...syscalls.flatMap(({ action, errnoRet }, index) =>
      errnoProblems(`/linux/seccomp/syscalls/${index}/errnoRet`, action, errnoRet),
    ),
  ];
};

function errnoProblems(pointer: string, action: Seccomp['defaultAction'] | undefined, errno?: number) {
  if (action === undefined || errno === undefined) return [];
  if (!takesErrno(action)) return [problem(pointer, `${action} returns no errno; leave it out`)];
  const most = highest[action as keyof typeof highest];
  return errno > most ? [problem(pointer, `expected an integer from 0 to ${most}, got ${errno}`)] : [];
}

/** NOTIFY asks somebody who must be there before slipway's own init can be asked about. */
export const listenerIsUsable: Rule = (config) => {
  const seccomp = config.linux?.seccomp;
  if (seccomp === undefined) return [];
  const { defaultAction, listenerMetadata, flags = [], syscalls = [] } = seccomp;
  const asks = asksListener(seccomp);
  const agent = agentOf(config);
  const at = '/linux/seccomp';
  return [
    ...(defaultAction === 'SCMP_ACT_NOTIFY'
      ? [
          problem(
            `${at}/defaultAction`,
            'SCMP_ACT_NOTIFY cannot be the default: the container could not even tell who listens',
          ),
        ]
      : []),
    ...syscalls.flatMap(({ action, names }, index) =>
      action === 'SCMP_ACT_NOTIFY' && names.includes('write')
        ? [
            problem(
              `${at}/syscalls/${index}/names`,
              'SCMP_ACT_NOTIFY is not possible for write, which the container needs to tell who listens',
            ),
          ]
        : [],
    ),
    ...(asks && agent === null
      ? [problem(`${at}/listenerPath`, 'missing, and SCMP_ACT_NOTIFY needs somebody who listens')]
      : []),
    ...(agent !== null && !agent.path.startsWith('/')
      ? [problem(agent.from, 'expected an absolute path')]
      : []),
    ...(listenerMetadata !== undefined && agent === null
      ? [problem(`${at}/listenerMetadata`, 'needs listenerPath, to whom it is sent')]
      : []),
    ...flags.flatMap((flag, index) =>
      flag === 'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV' && !asks
        ? [problem(`${at}/flags/${index}`, `${flag} needs a rule with SCMP_ACT_NOTIFY`)]
        : [],
    ),
  ];
};
