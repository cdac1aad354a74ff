#ifndef SLIPWAY_FDS_H
#define SLIPWAY_FDS_H
#include <stddef.h>
struct init;

/** Closes every fd from one on but those that are kept; a kept one may be -1. Returns 0, or -1 (errno). */
int close_others(int from, const int *kept, size_t count);

/**
 * Puts the fds of the outer init where they belong. Given is the order of the stages (protocol.ts). Afterwards: stdio at
 * 0 to 2, from 3 on the preserved fds and the slots, behind them the control socket and the status pipe, nothing else.
 */
int arrange_fds(struct init *init);

/** In a stage before that the fds stay as they were given: the slots lie behind the status pipe and the preserved fds. */
void find_slots(struct init *init);

/** Marks everything but stdio and the preserved fds close-on-exec. */
int close_on_exec(struct init *init);
#endif
