#ifndef SLIPWAY_REAP_H
#define SLIPWAY_REAP_H

/**
 * What slipway becomes at its end (execve(2) keeps its children). Waits up to a second for the outer init, takes away every child
 * that is a zombie, which else a subreaper would inherit (PR_SET_CHILD_SUBREAPER(2const)), and returns the exit status.
 */
int reap(const char *outer, const char *status);
#endif
