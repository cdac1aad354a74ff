// Rules about seccomp profiles (config-linux.md#seccomp).

import { agentOf, asksListener, takesErrno } from '../seccomp/profile.ts';
import type { Diagnostic } from '../spec/diagnostic.ts';
import type { Seccomp } from '../spec/seccomp.ts';
import { problem, type Rule } from './rule.ts';

export const seccompNeedsKernel: Rule = ({ linux }, { seccomp }) =>
  linux?.seccomp === undefined || seccomp
    ? []
    : [problem('/linux/seccomp', 'seccomp is not supported by this kernel; leave it out')];

/** MAX_ERRNO of the kernel, which would return that for anything above; a tracer gets 16 bits. */
const highest = { SCMP_ACT_ERRNO: 4095, SCMP_ACT_TRACE: 65535 } as const;

export const errnoFitsAction: Rule = ({ linux }) => {
  const found = linux?.seccomp === undefined ? [] : errnos(linux.seccomp);
  return found.flatMap(({ pointer, action, errno }) => errnoProblems(pointer, action, errno));
};

function errnoProblems(pointer: string, action: Seccomp['defaultAction'], errno: number): Diagnostic[] {
  const most = takesErrno(action) ? highest[action as keyof typeof highest] : Number.POSITIVE_INFINITY;
  return errno > most ? [problem(pointer, `expected an integer from 0 to ${most}, got ${errno}`)] : [];
}

/** Warnings: the peers pass over them too. */
export const uselessInProfile: Rule = (config) => {
  const seccomp = config.linux?.seccomp;
  if (seccomp === undefined) return [];
  return [
    ...errnos(seccomp).flatMap(({ pointer, action, errno }) =>
      takesErrno(action) || errno === 0 ? [] : [problem(pointer, `${action} returns no errno, ignored`)],
    ),
    ...((seccomp.listenerMetadata ?? '') !== '' && agentOf(config) === null
      ? [problem('/linux/seccomp/listenerMetadata', 'without listenerPath it is sent to nobody, ignored')]
      : []),
  ];
};

type Errno = { readonly pointer: string; readonly action: Seccomp['defaultAction']; readonly errno: number };

function errnos({ defaultAction, defaultErrnoRet = 0, syscalls = [] }: Seccomp): Errno[] {
  return [
    { pointer: '/linux/seccomp/defaultErrnoRet', action: defaultAction, errno: defaultErrnoRet },
    ...syscalls.map(({ action, errnoRet = 0 }, index) => ({
      pointer: `/linux/seccomp/syscalls/${index}/errnoRet`,
      action,
      errno: errnoRet,
    })),
  ];
}

/** NOTIFY asks somebody who must be there before slipway's own init can be asked about. */
export const listenerIsUsable: Rule = (config) => {
  const seccomp = config.linux?.seccomp;
  if (seccomp === undefined) return [];
  const { defaultAction, flags = [], syscalls = [] } = seccomp;
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
    ...flags.flatMap((flag, index) =>
      flag === 'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV' && !asks
        ? [problem(`${at}/flags/${index}`, `${flag} needs a rule with SCMP_ACT_NOTIFY`)]
        : [],
    ),
  ];
};
