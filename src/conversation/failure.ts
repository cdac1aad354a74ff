// Records of a failure as errors.

import { errnoText } from '../error/errno.ts';
import { type ErrorCode, RuntimeError } from '../error/error.ts';
import type { InitStep } from '../init/protocol.ts';
import type { FailureRecord, InitRecord } from '../init/records.ts';

export function isFailure(record: InitRecord): record is FailureRecord {
  return record.kind === 'FAILED' || record.kind === 'HOOK_FAILED';
}

/** `step`: the one that failed, where it is known. */
export function failureOf(record: FailureRecord, step: InitStep | undefined, code: ErrorCode): RuntimeError {
  const from = step === undefined ? '' : `${step.from}: `;
  const why = record.errno === 0 ? '' : `: ${errnoText(record.errno)}`;
  return new RuntimeError(
    record.kind === 'HOOK_FAILED' ? 'HOOK_FAILED' : code,
    `unable to start container process: ${from}${record.text}${why}`,
    {
      ref: step?.from,
      data: { op: step?.op, errno: record.errno },
    },
  );
}

export function lostInit(): RuntimeError {
  return new RuntimeError(
    'INIT_FAILED',
    'unable to start container process: container init ended without a word; was it OOM-killed (memory limit too low?), or killed by its seccomp filter?',
  );
}
