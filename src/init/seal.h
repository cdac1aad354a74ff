#ifndef SLIPWAY_SEAL_H
#define SLIPWAY_SEAL_H
struct init;

/** Runs this program again from a sealed copy in memory, unless it does already. Returns 0, or -1 after fail(). */
int run_sealed(struct init *init, char **argv);
#endif
