// Before each kernel test: skips what a peer is known not to pass.

import { beforeEach } from 'vitest';
import { exceptionFor } from './peer-exceptions.ts';
import { runtimeName } from './runtime.ts';

beforeEach(({ task, skip }) => {
  if (runtimeName === 'slipway') return;
  const reason = exceptionFor(runtimeName, `${task.file.name.replace(/^test\//, '')} > ${task.fullTestName}`);
  if (reason !== undefined) skip(reason);
});
