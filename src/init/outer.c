/* The outer init: between unshare(1) and the container process. It never joins the container's cgroups. */
#include "protocol.h"
#include "send-fd.h"
#include "wait.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
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

int run_become_root(struct init *init, const struct step_become_root *step)
{
	/* uid 0, gid 0, no groups. */
	return run_user(init, &(struct step_user){ .keep_groups = step->keep_groups });
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

int run_clone(struct init *init, const struct step_clone *step)
{
	struct clone_args arguments = { .exit_signal = SIGCHLD };
	scoped_fd cgroup = -1;
	int pidfd = -1;
	if (step->pidfd_slot != 0) {
		arguments.flags |= CLONE_PIDFD;
		arguments.pidfd = (uintptr_t)&pidfd;
	}
	if (step->cgroup[0] != '\0') {
		cgroup = open(step->cgroup, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (cgroup < 0)
			return fail(init, errno, "open \"%s\"", step->cgroup);
		arguments.flags |= CLONE_INTO_CGROUP;
		arguments.cgroup = cgroup;
	}
	/* The container process goes on once its pid is reported: no record of its own comes before. */
	int gate[2];
	if (pipe2(gate, O_CLOEXEC) < 0)
		return fail(init, errno, "pipe2");
	/* Blocked before the clone, or an early end of the container process would be missed. */
	if (init->foreground && block_signals(init, true) < 0)
		return -1;
	pid_t pid = syscall(SYS_clone3, &arguments, sizeof(arguments));
	if (pid < 0)
		return fail(init, errno, "clone3");
	if (pid == 0) {
		char nothing;
		close(init->status);
		close(gate[1]);
		read_exactly(gate[0], &nothing, 1);
		close(gate[0]);
		if (init->foreground && block_signals(init, false) < 0)
			return -1;
		if (step->pidfd_slot != 0 && release_slot(init, step->pidfd_slot) < 0)
			return -1;
		return setsid() < 0 ? fail(init, errno, "setsid") : 0;
	}
	if (pidfd >= 0 && send_fd(slot_fd(init, step->pidfd_slot), "pidfd", pidfd) < 0)
		return fail(init, errno, "send the pidfd");
	if (report(init, RECORD_PID, pid, 0, "") < 0)
		_exit(1);
	close(gate[1]);
	if (!init->foreground)
		_exit(0);
	_exit(wait_for(init, pid));
}
