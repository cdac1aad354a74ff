// Before each kernel test: skips what a peer is known not to pass.

import { beforeEach } from 'vitest';
import { exceptionFor } from './peer-exceptions.ts';
import { runtimeName } from './runtime.ts';

beforeEach(({ task, skip }) => {
  if (runtimeName === 'slipway') return;
  const name = `${task.file.name.replace(/^test\//, '')} > ${task.fullTestName}`;
  const reason = exceptionFor(runtimeName, name);
  // For the table in .github/SECURITY.md a peer shows what it does.
  if (process.env.WRITE_SECURITY !== undefined && reason?.startsWith('vulnerable')) return;
  if (reason !== undefined) skip(reason);
});
