// A step in words, for `plan` and for --debug. A step without words does not compile.

import type { InitStep } from '../init/protocol.ts';
import type { HostStep } from './host-step.ts';
import type { Phase } from './script.ts';
import { hostWords } from './words/host.ts';
import { mountWords } from './words/mounts.ts';
import { processWords } from './words/process.ts';
import { stageWords } from './words/stages.ts';
import type { InitWords } from './words/table.ts';

const initWords: InitWords = { ...stageWords, ...mountWords, ...processWords };

export function describeSteps(phase: Phase): string[] {
  return phase.by === 'host' ? phase.steps.map(describeHostStep) : phase.steps.map(describeInitStep);
}

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
