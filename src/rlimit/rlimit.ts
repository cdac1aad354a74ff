// Resource limits of a process (getrlimit(2); config.md#posix-process).

/** Number of each limit on every architecture we build for. */
const numbers: Readonly<Record<string, number>> = {
  RLIMIT_CPU: 0,
  RLIMIT_FSIZE: 1,
  RLIMIT_DATA: 2,
  RLIMIT_STACK: 3,
  RLIMIT_CORE: 4,
  RLIMIT_RSS: 5,
  RLIMIT_NPROC: 6,
  RLIMIT_NOFILE: 7,
  RLIMIT_MEMLOCK: 8,
  RLIMIT_AS: 9,
  RLIMIT_LOCKS: 10,
  RLIMIT_SIGPENDING: 11,
  RLIMIT_MSGQUEUE: 12,
  RLIMIT_NICE: 13,
  RLIMIT_RTPRIO: 14,
  RLIMIT_RTTIME: 15,
};

export const rlimitNames = Object.keys(numbers);
export const nofileNumber = 7;

/** Number of a limit; undefined for a name that is none. */
export function rlimitNumber(name: string): number | undefined {
  return numbers[name];
}
