// Runs the script of an operation, and takes back what it did when it fails.

import { Conversation } from '../conversation/conversation.ts';
import { runScript } from '../conversation/run-script.ts';
import { endInit } from '../host/init-process.ts';
import type { Script } from '../plan/script.ts';
import { executors } from './executors/executors.ts';
import { processUndos } from './executors/process.ts';
import type { Operation } from './operation.ts';
import { debugReport, logInitStep } from './script-log.ts';
import { orTakeBack } from './take-back.ts';

type OperationStart = Pick<Operation, 'env' | 'paths' | 'init' | 'made' | 'state' | 'undo'> & {
  /** What a person needs to know beside the failure of a step. */
  readonly explain?: (error: unknown) => unknown;
};

/** Runs a script to its end, or takes back all that it did and throws why. */
export async function runOperation(script: Script, start: OperationStart): Promise<Operation> {
  const { explain, ...given } = start;
  const { env, init, undo } = given;
  const conversation = new Conversation(init.channel, (by, step) => logInitStep(env, by, step));
  const operation: Operation = {
    ...given,
    conversation,
    following: null,
    notifier: null,
    publish: () => undefined,
  };
  undo.add(() => endInit(init.identity));
  const report = debugReport(env);
  const running = { context: operation, conversation, executors, processUndos, undo, report };
  await orTakeBack(operation, () => runScript(script, running), explain);
  return operation;
}
