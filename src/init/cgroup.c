/* The container process joins its own cgroups, nobody else is ever in them (cgroups(7)). */
#include "protocol.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

int run_join_cgroup(struct init *init, const struct step_join_cgroup *step)
{
	/* `tasks` moves one thread, which is all of this process; `cgroup.procs` would wait for an RCU grace period. */
	scoped_fd fd = open(step->tasks, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return fail(init, errno, "open \"%s\"", step->tasks);
	if (write(fd, "0", 1) != 1)
		return fail(init, errno, "write \"%s\"", step->tasks);
	return 0;
}

int run_open_cgroup(struct init *init, const struct step_open_cgroup *step)
{
	scoped_fd fd = open(step->path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? fail(init, errno, "open \"%s\"", step->path) : fill_slot(init, step->slot, fd);
}

int run_join_opened(struct init *init, const struct step_join_opened *step)
{
	int fd = slot_fd(init, step->slot);
	if (fd < 0)
		return -1;
	return write(fd, "0", 1) == 1 ? 0 : fail(init, errno, "join a cgroup of the container");
}

int run_unshare_cgroup(struct init *init, const struct step_unshare_cgroup *step)
{
	(void)step;
	return unshare(CLONE_NEWCGROUP) < 0 ? fail(init, errno, "unshare CLONE_NEWCGROUP") : 0;
}
