/* The outer init: between unshare(1) and the container process. It never joins the container's cgroups. */
#include "protocol.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

int run_setup(struct init *init, const struct step_setup *step)
{
	init->debug = step->debug;
	init->foreground = step->foreground;
	if (step->start_slot == 0)
		return 0;
	init->start_fifo = slot_fd(init, step->start_slot);
	init->result_fifo = slot_fd(init, step->result_slot);
	return init->start_fifo < 0 || init->result_fifo < 0 ? -1 : 0;
}

int run_become_setup_user(struct init *init, const struct step_become_setup_user *step)
{
	struct step_user user = { .uid = step->uid, .gid = step->gid, .keep_groups = step->keep_groups };
	return run_user(init, &user);
}

int run_new_time_namespace(struct init *init, const struct step_new_time_namespace *step)
{
	if (unshare(CLONE_NEWTIME) < 0)
		return fail(init, errno, "unshare CLONE_NEWTIME");
	if (step->offsets[0] == '\0')
		return 0;
	scoped_fd file = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
	if (file < 0)
		return fail(init, errno, "open /proc/self/timens_offsets");
	size_t length = strlen(step->offsets);
	if (write(file, step->offsets, length) != (ssize_t)length)
		return fail(init, errno, "write /proc/self/timens_offsets");
	return 0;
}

