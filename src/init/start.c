/* Where the container process waits for the start. */
#include "protocol.h"
#include <errno.h>
#include <unistd.h>

int run_wait_start(struct init *init, const struct step_wait_start *step)
{
	(void)step;
	if (keep_steps(init) < 0)
		return -1;
	if (report(init, RECORD_READY, init->step, 0, "") < 0)
		_exit(1);
	int from = init->control;
	if (init->start_fifo >= 0) {
		from = init->start_fifo;
		close(init->control);
		init->control = -1;
	}
	char byte;
	ssize_t count = read_exactly(from, &byte, 1);
	if (count < 0)
		return fail(init, errno, "wait for the start");
	/* slipway died before it said start. */
	if (count == 0)
		_exit(1);
	return 0;
}
