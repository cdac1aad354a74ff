// Turns what the init reports into log lines and errors.

import { errnoText } from '../error/errno.ts';
import { type ErrorCode, RuntimeError } from '../error/error.ts';
import type { Channel } from '../host/channel.ts';
import { type InitStep, protocolText } from '../init/protocol.ts';
import type { InitRecord } from '../init/records.ts';
import type { Environment } from './environment.ts';

/** Reads records until one of the given kind. Throws what FAILED says, or that the init ended without a word. */
export async function awaitRecord(
  env: Environment,
  channel: Channel,
  sent: readonly InitStep[],
  kind: InitRecord['kind'],
): Promise<InitRecord> {
  for (;;) {
    const record = await channel.next();
    if (record === null) throw lostInit();
    if (record.kind === kind) return record;
    await reportRecord(env, record, sent);
  }
}

/** Reads records until the container process exists. crowded: slipway must put it into its cgroup. */
export async function awaitPid(
  env: Environment,
  channel: Channel,
  sent: readonly InitStep[],
): Promise<{ readonly pid: number; readonly crowded: boolean }> {
  for (let crowded = false; ; ) {
    const record = await channel.next();
    if (record === null) throw lostInit();
    if (record.kind === 'PID') return { pid: record.step, crowded };
    if (record.kind === 'CROWDED') crowded = true;
    else await reportRecord(env, record, sent);
  }
}

/** Reads records until the program runs: after EXEC comes end of file, because execve closes the socket. */
export async function followToExec(
  env: Environment,
  channel: Channel,
  sent: readonly InitStep[],
): Promise<void> {
  let executing = false;
  for (let record = await channel.next(); record !== null; record = await channel.next()) {
    executing ||= record.kind === 'EXEC';
    await reportRecord(env, record, sent);
  }
  channel.close();
  if (!executing) throw lostInit();
}

/** Waits until the init says hello. Throws INIT_FAILED when it is of another version. */
export async function awaitHello(
  env: Environment,
  channel: Channel,
  sent: readonly InitStep[],
): Promise<void> {
  const { text } = await awaitRecord(env, channel, sent, 'HELLO');
  if (text === protocolText()) return;
  const why = 'slipway-init: it is of another version than slipway; build both again';
  throw new RuntimeError('INIT_FAILED', `unable to start container process: ${why}`);
}

/** Logs RAN and EXEC; throws what FAILED says, and for anything that nobody expects. */
export async function reportRecord(
  env: Environment,
  record: InitRecord,
  sent: readonly InitStep[],
): Promise<void> {
  if (isFailure(record)) throw failureOf(record, sent, 'INIT_FAILED');
  if (record.kind !== 'RAN' && record.kind !== 'EXEC') {
    throw new RuntimeError('INIT_FAILED', `slipway-init sent ${record.kind}, which nobody expects here`);
  }
  const step = sent[record.step];
  if (step !== undefined) await env.log('debug', `init: ${step.op} (${step.from})`);
}

export function isFailure({ kind }: InitRecord): boolean {
  return kind === 'FAILED' || kind === 'HOOK_FAILED';
}

/** The error of a FAILED record; `sent` are the steps in the order the init counts them. */
export function failureOf(record: InitRecord, sent: readonly InitStep[], code: ErrorCode): RuntimeError {
  const step = sent[record.step];
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
