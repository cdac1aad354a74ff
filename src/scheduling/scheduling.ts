// When and where a process gets a CPU and the disk (config.md#linux-process): sched_setattr(2), ioprio_set(2),
// sched_setaffinity(2).

import type { InitStep } from '../init/protocol.ts';
import { bitMask, parseIdList } from '../spec/id-list.ts';
import type { Process } from '../spec/process.ts';

type Scheduler = NonNullable<Process['scheduler']>;

/** SCHED_* (linux/sched.h). Linux has a number for SCHED_ISO, and no such scheduler. */
const policies: Readonly<Record<Scheduler['policy'], number>> = {
  SCHED_OTHER: 0,
  SCHED_FIFO: 1,
  SCHED_RR: 2,
  SCHED_BATCH: 3,
  SCHED_ISO: 4,
  SCHED_IDLE: 5,
  SCHED_DEADLINE: 6,
};

/** SCHED_FLAG_* (linux/sched.h). */
const schedulerFlags: Readonly<Record<NonNullable<Scheduler['flags']>[number], number>> = {
  SCHED_FLAG_RESET_ON_FORK: 0x01,
  SCHED_FLAG_RECLAIM: 0x02,
  SCHED_FLAG_DL_OVERRUN: 0x04,
  SCHED_FLAG_KEEP_POLICY: 0x08,
  SCHED_FLAG_KEEP_PARAMS: 0x10,
  SCHED_FLAG_UTIL_CLAMP_MIN: 0x20,
  SCHED_FLAG_UTIL_CLAMP_MAX: 0x40,
};

/** IOPRIO_CLASS_* (linux/ioprio.h). */
const ioClasses: Readonly<Record<NonNullable<Process['ioPriority']>['class'], number>> = {
  IOPRIO_CLASS_RT: 1,
  IOPRIO_CLASS_BE: 2,
  IOPRIO_CLASS_IDLE: 3,
};

const ioClassShift = 13;

/** While the process still has the capabilities that some of it needs. */
export function schedulingSteps({ scheduler, ioPriority }: Process): InitStep[] {
  return [
    ...(scheduler === undefined ? [] : [schedulerStep(scheduler)]),
    ...(ioPriority === undefined ? [] : [ioPriorityStep(ioPriority)]),
  ];
}

function schedulerStep(scheduler: Scheduler): InitStep {
  const { policy, nice = 0, priority = 0, flags = [], runtime = 0, deadline = 0, period = 0 } = scheduler;
  return {
    op: 'scheduler',
    from: '/process/scheduler',
    policy: policies[policy],
    flags: BigInt(flags.reduce((bits, flag) => bits | schedulerFlags[flag], 0)),
    nice: nice >>> 0,
    priority,
    runtime: BigInt(runtime),
    deadline: BigInt(deadline),
    period: BigInt(period),
  };
}

function ioPriorityStep({ class: name, priority = 0 }: NonNullable<Process['ioPriority']>): InitStep {
  return {
    op: 'ioPriority',
    from: '/process/ioPriority',
    priority: (ioClasses[name] << ioClassShift) | priority,
  };
}

/** Of an `exec`: before it joins the container's cgroups (`initial`), and then (`final`). */
export function affinitySteps({ execCPUAffinity = {} }: Process, when: 'initial' | 'final'): InitStep[] {
  const cpus = parseIdList(execCPUAffinity[when] ?? '') ?? [];
  if (cpus.length > 0)
    return [{ op: 'cpuAffinity', from: `/process/execCPUAffinity/${when}`, mask: bitMask(cpus) }];
  return when === 'final' && (execCPUAffinity.initial ?? '') === '' ? [allCpus] : [];
}

/** Every CPU of the cpuset, as under runc 1.2: slipway's caller may be bound to some (taskset(1)), the program is not. */
export const allCpus: InitStep = {
  op: 'cpuAffinity',
  from: '/linux/resources/cpu/cpus',
  mask: new Uint8Array(),
};
