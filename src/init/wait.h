#ifndef SLIPWAY_WAIT_H
#define SLIPWAY_WAIT_H
#include <sys/types.h>
struct init;

int block_signals(struct init *init);
int unblock_signals(struct init *init);

/** Passes every signal on to a child until that ends. Returns its status, 128+n when a signal ended it. */
int wait_for(pid_t child);
#endif
