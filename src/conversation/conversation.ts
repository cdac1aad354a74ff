// The conversation with the init: sends steps, waits for records, and turns them into log lines, findings and errors.

import { RuntimeError } from '../error/error.ts';
import type { Channel } from '../host/channel.ts';
import { identityOf, type ProcessIdentity } from '../host/process.ts';
import { type InitStep, protocolText } from '../init/protocol.ts';
import type { FailureRecord, InitRecord } from '../init/records.ts';
import type { Awaited, Stage } from '../plan/script.ts';
import { failureOf, isFailure, lostInit } from './failure.ts';

/** What the init has told. */
type Findings = {
  /** The container process; null until it exists. */
  readonly process: ProcessIdentity | null;
  /** There was no room for the joiner beside the container process. */
  readonly crowded: boolean;
  /** fd of the seccomp listener in the container process. */
  readonly listener: number | null;
};

/** Called for each step that the init says it has run. */
type OnStep = (by: Stage, step: InitStep) => Promise<void>;

type SentStep = { readonly by: Stage; readonly step: InitStep };

/** Stages that count their steps from 0; the joiner and the container process go on where the outer init is. */
const counting: readonly Stage[] = ['prepare', 'user', 'outer'];

export class Conversation {
  readonly #channel: Channel;
  readonly #onStep: OnStep;
  /** What was sent, by stages that count their own steps; those after `#current` have not said HELLO yet. */
  readonly #sent: SentStep[][] = [];
  #current = -1;
  #findings: Findings = { process: null, crowded: false, listener: null };

  constructor(channel: Channel, onStep: OnStep) {
    this.#channel = channel;
    this.#onStep = onStep;
  }

  get findings(): Findings {
    return this.#findings;
  }

  send(by: Stage, steps: readonly InitStep[]): void {
    if (counting.includes(by)) this.#sent.push([]);
    this.#sent.at(-1)?.push(...steps.map((step) => ({ by, step })));
    this.#channel.send(steps);
  }

  /** Reads records until one of this kind. Throws what a record of a failure says, or that the init ended without a word. */
  async until(kind: Awaited): Promise<void> {
    if (kind === 'EXEC') return await this.#untilExec();
    const record = await this.#awaited();
    if (record === null) throw lostInit();
    if (record.kind !== kind) throw unexpected(record);
    this.#keep(record);
  }

  /** After EXEC comes end of file, because execve closes the socket. */
  async #untilExec(): Promise<void> {
    let executing = false;
    for (let record = await this.#awaited(); record !== null; record = await this.#awaited()) {
      if (record.kind !== 'EXEC') throw unexpected(record);
      executing = true;
      await this.#ran(record.step);
    }
    this.#channel.close();
    if (!executing) throw lostInit();
  }

  /** What a process said that has ended; null when it said nothing. */
  async lastFailure(): Promise<Error | null> {
    for (let record = await this.#channel.next(); record !== null; record = await this.#channel.next())
      if (isFailure(record)) return this.#failure(record);
    return null;
  }

  /** The next record that a script waits for; null at end of file. Handles records that may come at any time. */
  async #awaited(): Promise<InitRecord | null> {
    for (let record = await this.#channel.next(); record !== null; record = await this.#channel.next()) {
      if (isFailure(record)) throw this.#failure(record);
      if (record.kind === 'RAN') await this.#ran(record.step);
      else if (record.kind === 'CROWDED') this.#findings = { ...this.#findings, crowded: true };
      else return record;
    }
    return null;
  }

  #keep(record: InitRecord): void {
    if (record.kind === 'HELLO') {
      if (record.text !== protocolText()) throw otherVersion();
      this.#current += 1;
    } else if (record.kind === 'PID') this.#findings = { ...this.#findings, process: identityOf(record.pid) };
    else if (record.kind === 'LISTENER') this.#findings = { ...this.#findings, listener: record.fd };
  }

  async #ran(position: number): Promise<void> {
    const sent = this.#sent[this.#current]?.[position];
    if (sent !== undefined) await this.#onStep(sent.by, sent.step);
  }

  #failure(record: FailureRecord): RuntimeError {
    const sent = this.#sent[this.#current] ?? [];
    return failureOf(record, sent[record.step]?.step, 'INIT_FAILED');
  }
}

function unexpected({ kind }: InitRecord): RuntimeError {
  return new RuntimeError('INIT_FAILED', `slipway-init sent ${kind}, which nobody expects here`);
}

function otherVersion(): RuntimeError {
  const why = 'slipway-init: it is of another version than slipway; build both again';
  return new RuntimeError('INIT_FAILED', `unable to start container process: ${why}`);
}
