#ifndef SLIPWAY_WAIT_H
#define SLIPWAY_WAIT_H
#include <stdbool.h>
#include <sys/types.h>
struct init;

/** Blocks every signal, or none. Returns 0, or -1 after fail(). */
int block_signals(struct init *init, bool all);

/** Passes every signal on to a child until that ends. Writes its status, 128+n when a signal ended it, to the status pipe. */
int wait_for(const struct init *init, pid_t child);
#endif
