#ifndef SLIPWAY_PARK_H
#define SLIPWAY_PARK_H
struct init;

/**
 * The container process, in an empty mount namespace, serves the builder until that hands over. Returns 0 with the builder's
 * namespaces joined, or -1 after fail(); ends when the builder is gone.
 */
int park(struct init *init);

/** The builder: meets the parked container process. Returns 0, or -1 after fail(). */
int become_builder(struct init *init);

/** For the builder: the context (fsopen(2)) of a procfs that shows the pid namespace of the container. -1 after fail(). */
int parked_procfs(struct init *init);
#endif
