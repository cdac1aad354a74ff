// Offsets of a new time namespace (config-linux.md#timeoffsets; time_namespaces(7)).

import type { Linux } from '../spec/linux.ts';

/** Lines for /proc/PID/timens_offsets: "monotonic secs nanosecs". */
export function timeOffsetsText({ timeOffsets = {} }: Linux): string {
  return (['monotonic', 'boottime'] as const)
    .flatMap((clock) => {
      const { secs = 0, nanosecs = 0 } = timeOffsets[clock] ?? {};
      return timeOffsets[clock] === undefined ? [] : [`${clock} ${secs} ${nanosecs}\n`];
    })
    .join('');
}
