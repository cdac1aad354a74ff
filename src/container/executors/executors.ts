// How slipway carries each step of the host out: a step without an executor does not compile.

import type { Executors } from '../../conversation/run-script.ts';
import type { Operation } from '../operation.ts';
import { hostExecutors } from './host.ts';
import { processExecutors } from './process.ts';
import { stateExecutors } from './state.ts';

export const executors: Executors<Operation> = {
  ...stateExecutors,
  ...hostExecutors,
  ...processExecutors,
};
