// Rules about when and where the program runs (config.md#linux-process, config-linux.md#memory-policy).

import type { Diagnostic } from '../spec/diagnostic.ts';
import { parseIdList } from '../spec/id-list.ts';
import { problem, type Rule } from './rule.ts';

/** What sched_setattr(2) would refuse, or take no notice of. */
export const schedulerFits: Rule = ({ process }) => {
  const { policy, nice, priority, runtime = 0, deadline = 0, period = 0 } = process?.scheduler ?? {};
  if (policy === undefined) return [];
  const at = (name: string) => `/process/scheduler/${name}`;
  const found: Diagnostic[] = [];
  const refuse = (name: string, why: string) => found.push(problem(at(name), why));
  if (policy === 'SCHED_ISO') refuse('policy', 'Linux has no SCHED_ISO; take SCHED_RR');
  if (nice !== undefined && (nice < -20 || nice > 19))
    refuse('nice', `expected an integer from -20 to 19, got ${nice}`);
  const realtime = policy === 'SCHED_FIFO' || policy === 'SCHED_RR';
  if (realtime && (priority === undefined || priority < 1 || priority > 99))
    refuse('priority', `${policy} needs an integer from 1 to 99`);
  if (!realtime && (priority ?? 0) !== 0) refuse('priority', 'is for SCHED_FIFO and SCHED_RR alone');
  for (const [name, value] of Object.entries({ runtime, deadline, period }))
    if (policy !== 'SCHED_DEADLINE' && value !== 0) refuse(name, 'is for SCHED_DEADLINE alone');
  if (policy === 'SCHED_DEADLINE') {
    if (runtime < 1024) refuse('runtime', 'SCHED_DEADLINE needs 1024 ns or more');
    if (deadline < runtime) refuse('deadline', 'must not be shorter than runtime');
    if (period !== 0 && period < deadline) refuse('period', 'must not be shorter than deadline');
  }
  return found;
};

const listWords = 'expected a list such as "0-3,7"';

export const affinityIsList: Rule = ({ process }) =>
  Object.entries(process?.execCPUAffinity ?? {}).flatMap(([name, value]) =>
    parseIdList(value ?? '') === null ? [problem(`/process/execCPUAffinity/${name}`, listWords)] : [],
  );

/** What set_mempolicy(2) would refuse. */
export const memoryPolicyFits: Rule = ({ linux }) => {
  const { mode, nodes = '', flags = [] } = linux?.memoryPolicy ?? {};
  if (mode === undefined) return [];
  const at = '/linux/memoryPolicy';
  const numbers = parseIdList(nodes);
  if (numbers === null) return [problem(`${at}/nodes`, listWords)];
  const has = (...names: readonly string[]) => flags.some((flag) => names.includes(flag));
  const found: Diagnostic[] = [];
  const needsNone = mode === 'MPOL_DEFAULT' || mode === 'MPOL_LOCAL';
  if (needsNone && numbers.length > 0) found.push(problem(`${at}/nodes`, `${mode} takes none; leave it out`));
  if (!needsNone && mode !== 'MPOL_PREFERRED' && numbers.length === 0)
    found.push(problem(`${at}/nodes`, `${mode} needs nodes`));
  if (has('MPOL_F_STATIC_NODES') && has('MPOL_F_RELATIVE_NODES'))
    found.push(problem(`${at}/flags`, 'MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES exclude each other'));
  if (has('MPOL_F_STATIC_NODES', 'MPOL_F_RELATIVE_NODES') && numbers.length === 0 && mode !== 'MPOL_DEFAULT')
    found.push(problem(`${at}/flags`, 'flags about nodes need nodes'));
  if (has('MPOL_F_NUMA_BALANCING') && mode !== 'MPOL_BIND' && mode !== 'MPOL_PREFERRED_MANY')
    found.push(
      problem(`${at}/flags`, 'MPOL_F_NUMA_BALANCING is for MPOL_BIND and MPOL_PREFERRED_MANY alone'),
    );
  return found;
};
