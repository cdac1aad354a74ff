#ifndef SLIPWAY_REAP_H
#define SLIPWAY_REAP_H

/**
 * slipway at its end, when it has become this program: its children are zombies of this process, and would be left to whoever takes
 * in orphans (PR_SET_CHILD_SUBREAPER(2const)). Waits up to a second for the outer init, takes every zombie away, and returns
 * the exit status.
 */
int reap(const char *outer, const char *status);
#endif
