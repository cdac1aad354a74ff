/* The joiner clones the container process, as a child of the outer init (protocol.ts). */
#include "clone.h"
#include "fds.h"
#include "park.h"
#include "protocol.h"
#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A sibling of the joiner: its parent is the outer init. It ends with the signal that the joiner ends with. */
static pid_t clone_sibling(void)
{
	struct clone_args arguments = { .flags = CLONE_PARENT };
	return syscall(SYS_clone3, &arguments, sizeof(arguments));
}

/* Returns 0 once the joiner is out of the cgroup that has no room. */
static int ask_for_retreat(const struct init *init)
{
	const struct birth crowded = { .pid = CROWDED };
	char nothing;
	if (!init->may_retreat || write(init->line, &crowded, sizeof(crowded)) != sizeof(crowded))
		return -1;
	return read_exactly(init->line, &nothing, 1) == 1 ? 0 : -1;
}

int run_clone_joined(struct init *init, const struct step_clone_joined *step)
{
	(void)step;
	const int kept[] = {
		init->control, init->rootfs, init->gate, init->line, init->start_fifo, init->result_fifo,
	};
	if (close_others(init->first_slot, kept, sizeof(kept) / sizeof(kept[0])) < 0)
		return fail(init, errno, "close_range");
	init->slots = 0;
	pid_t pid = clone_sibling();
	int error = errno;
	if (pid < 0 && error == EAGAIN && ask_for_retreat(init) == 0) {
		pid = clone_sibling();
		error = errno;
	}
	if (pid < 0)
		return fail(init, error, "clone3");
	if (pid > 0) {
		const struct birth birth = { .pid = pid, .step = init->step };
		_exit(write(init->line, &birth, sizeof(birth)) == sizeof(birth) ? 0 : 1);
	}
	if (begin(init, init->gate) < 0)
		return -1;
	if (init->parks)
		return park(init);
	close(init->line);
	return 0;
}
