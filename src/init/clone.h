/* What the outer init and the joiner share: both clone (clone3(2)). */
#ifndef SLIPWAY_CLONE_H
#define SLIPWAY_CLONE_H
#include <stdint.h>
#include <sys/types.h>

struct init;

#define CROWDED (-1)
/* What the joiner tells about the container process. */
struct birth {
	pid_t pid;	/* CROWDED: there is no room for the container process beside the joiner */
	uint32_t step;	/* position of the step that cloned it */
};

/**
 * The container process goes on once its pid is reported: no record of its own comes before. End of file: the outer init died,
 * and slipway, which waits for the pid, would never hear of this process. Returns 0, or -1 after fail().
 */
int begin(struct init *init, int gate);
#endif
