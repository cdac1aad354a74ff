// Runs a script: any script. It sends steps, waits for records, keeps the undo of each step, and reports. Executors carry the steps of
// the host out.

import { isMissing } from '../host/files.ts';
import { isAlive, waitUntil } from '../host/process.ts';
import type { InitStep } from '../init/protocol.ts';
import type { HostStep } from '../plan/host-step.ts';
import type { HostPhase, Phase, Script } from '../plan/script.ts';
import type { Conversation } from './conversation.ts';
import type { UndoStack } from './undo.ts';

/** How slipway carries one kind of step out. `C`: what all steps of a script share. */
export type Executor<S, C> = {
  readonly run: (step: S, context: C) => void | Promise<void>;
  /** Takes the step back, also when it failed half way. What only a step that is done needs, `run` adds to the undo stack. */
  readonly undo?: (step: S, context: C) => void | Promise<void>;
  /** Other containers may remove a directory that the step needs: then its phase begins again. */
  readonly mayGo?: true;
  /** The step needs the container process: if that process has failed, its failure is thrown in place of the step's. */
  readonly needsProcess?: true;
};

/** An executor for every step: one that is missing does not compile. */
export type Executors<C> = {
  readonly [K in HostStep['op']]: Executor<Extract<HostStep, { readonly op: K }>, C>;
};

/** The undo of those steps of the init that make the container process. */
export type ProcessUndos<C> = { readonly [K in InitStep['op']]?: (context: C) => void | Promise<void> };

export type Running<C> = {
  readonly context: C;
  readonly conversation: Conversation;
  readonly executors: Executors<C>;
  readonly processUndos: ProcessUndos<C>;
  readonly undo: UndoStack;
  /** Null: nobody wants to know. */
  readonly report: Report | null;
};

/** Hears of each phase when it begins, and of each step of the host when it is done. */
export type Report = {
  readonly phase: (phase: Phase, index: number) => Promise<void>;
  readonly step: (step: HostStep) => Promise<void>;
};

/** Throws what the first step that fails throws; the undo stack then has what takes back those before it. */
export async function runScript<C>(script: Script, running: Running<C>): Promise<void> {
  const { conversation, report } = running;
  for (const [index, phase] of script.entries()) {
    if (phase.by === 'host' && phase.when === 'crowded' && !conversation.findings.crowded) continue;
    await report?.phase(phase, index);
    if (phase.by === 'host') await runHostPhase(phase, running);
    else conversation.send(phase.by, phase.steps);
    for (const kind of phase.until) {
      await conversation.until(kind);
      if (kind === 'PID') holdProcess(script.slice(0, index + 1), running);
    }
  }
}

async function runHostPhase<C>({ steps, attempts = 0 }: HostPhase, running: Running<C>): Promise<void> {
  for (let left = attempts; ; left -= 1) {
    const failed = await runUntilGone(steps, running, left === attempts);
    if (failed === null) return;
    if (left === 0) throw failed;
  }
}

/** Returns why a directory that a step needs has gone; null when all steps are done. */
async function runUntilGone<C>(
  steps: readonly HostStep[],
  running: Running<C>,
  isFirst: boolean,
): Promise<Error | null> {
  for (const step of steps) {
    try {
      await runHostStep(step, running, isFirst);
    } catch (error) {
      const { mayGo = false } = running.executors[step.op];
      if (mayGo && error instanceof Error && isMissing(error.cause)) return error;
      throw error;
    }
  }
  return null;
}

async function runHostStep<C>(step: HostStep, running: Running<C>, isFirst: boolean): Promise<void> {
  const { context, executors, undo, report } = running;
  // One executor for each op, by the type of the table.
  const executor = executors[step.op] as Executor<HostStep, C>;
  if (executor.undo !== undefined && isFirst) undo.add(() => executor.undo?.(step, context));
  try {
    await executor.run(step, context);
  } catch (error) {
    throw (executor.needsProcess === true ? await failureOfProcess(running) : null) ?? error;
  }
  await report?.step(step);
}

/** From now on there is a process that must end with a script that fails. */
function holdProcess<C>(done: Script, { context, processUndos, undo }: Running<C>): void {
  const makes = done
    .flatMap((phase): readonly InitStep[] => (phase.by === 'host' ? [] : phase.steps))
    .findLast(({ op }) => op in processUndos);
  if (makes !== undefined) undo.add(() => processUndos[makes.op]?.(context));
}

/** Milliseconds that a process which has lost its namespaces may take to its end. */
const patience = 100;

/** What the container process said, if it has ended. */
async function failureOfProcess<C>({ conversation }: Running<C>): Promise<Error | null> {
  const { process } = conversation.findings;
  if (process === null) return null;
  const ended = process.startTime === '' || waitUntil(() => !isAlive(process), patience);
  return ended ? await conversation.lastFailure() : null;
}
