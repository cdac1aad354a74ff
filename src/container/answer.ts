// The answer to `state`, ready to be given: what the launcher needs to give it without a JavaScript engine (init/answer.c). It
// is made of what statusOf asks for, in that order, and of the document for each status.

import type { SavedState } from '../store/saved-state.ts';
import type { ContainerPaths } from '../store/store.ts';
import { formatState } from './state-document.ts';
import type { Status } from './status.ts';

/** Text that names the format; the launcher leaves any other to the driver. */
const format = 'slipway-answer-2';

/** Words are separated by NUL: format, pid, start time, start fifo, number of freezers, file and text of each, documents. */
export function answerText(state: SavedState, { startFifo }: ContainerPaths): string {
  const { init, freezers } = state;
  const statuses: readonly Status[] = ['stopped', 'paused', 'created', 'running'];
  const words = [
    format,
    String(init?.pid ?? 0),
    init?.startTime ?? '',
    startFifo,
    String(freezers.length),
    ...freezers.flatMap(({ file, frozen }) => [file, frozen]),
    ...statuses.map((status) => formatState(state, status)),
  ];
  return words.map((word) => `${word}\0`).join('');
}
