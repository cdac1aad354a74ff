// Tables of words: a function for each step.

import type { InitStep, StepOp, unpackSteps } from '../../init/protocol.ts';
import type { HostStep } from '../host-step.ts';

/** Steps of a container; those of an image are in no script. */
type ContainerOp = Exclude<StepOp, (typeof unpackSteps)[number]>;

/** What a step of the init does, behind its name. */
export type InitWords = {
  readonly [K in ContainerOp]: (step: Extract<InitStep, { readonly op: K }>) => string;
};

export type HostWords = {
  readonly [K in HostStep['op']]: (step: Extract<HostStep, { readonly op: K }>) => string;
};
