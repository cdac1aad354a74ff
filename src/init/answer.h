#ifndef SLIPWAY_ANSWER_H
#define SLIPWAY_ANSWER_H
#include <stdbool.h>

/**
 * Answers `[--root DIRECTORY] [--log FILE] [--log-format FORMAT] state ID` on stdout, from the answer that the driver prepared
 * (container/answer.ts). False, with nothing written, when the call is any other, or there is no answer: the driver's turn.
 */
bool answer_state(char **words);
#endif
