/* Where the container process waits for the start. */
#include "protocol.h"
#include <errno.h>
#include <signal.h>
#include <unistd.h>

static void end_at(int number)
{
	_exit(128 + number);
}

/* The first process of a pid namespace has no default actions: without these SIGTERM would wait for the program. */
static void take_signals(void)
{
	const int ending[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
	for (size_t index = 0; index < sizeof(ending) / sizeof(*ending); index++)
		signal(ending[index], end_at);
}

int run_wait_start(struct init *init, const struct step_wait_start *step)
{
	(void)step;
	take_signals();
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
