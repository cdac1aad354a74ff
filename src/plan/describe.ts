// A step in words, for `plan` and for --debug. A step without words does not compile.

import type { InitStep, StepOp, unpackSteps } from '../init/protocol.ts';
import type { HostStep } from './host-step.ts';
import { hostWords } from './words/host.ts';
import { mountWords } from './words/mounts.ts';
import { processWords } from './words/process.ts';
import { stageWords } from './words/stages.ts';

/** Steps of a container; those of an image are in no script. */
type ContainerOp = Exclude<StepOp, (typeof unpackSteps)[number]>;

/** What a step of the init does, behind its name. */
export type InitWords = {
  readonly [K in ContainerOp]: (step: Extract<InitStep, { readonly op: K }>) => string;
};

export type HostWords = {
  readonly [K in HostStep['op']]: (step: Extract<HostStep, { readonly op: K }>) => string;
};

const initWords: InitWords = { ...stageWords, ...mountWords, ...processWords };

/** Name and operands of a step, and the property or section that asks for it. */
export function describeInitStep(step: InitStep): string {
  // One function for each op, by the type of the table.
  const words = (initWords as Readonly<Record<string, (step: InitStep) => string>>)[step.op];
  return described(step, words?.(step) ?? '');
}

export function describeHostStep(step: HostStep): string {
  const words = hostWords[step.op] as (step: HostStep) => string;
  return described(step, words(step));
}

function described({ op, from }: HostStep | InitStep, words: string): string {
  return `${op}${words === '' ? '' : ` ${words}`}  (${from})`;
}
