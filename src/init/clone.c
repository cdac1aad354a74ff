/* How the container process comes into being: clones of the outer init, or through the joiner (protocol.ts). */
#include "fds.h"
#include "protocol.h"
#include "send-fd.h"
#include "wait.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* A child in a cgroup v2 directory of the host, unless that is empty. Returns as fork(2) does, -1 after fail(). */
static pid_t clone_into(struct init *init, const char *directory)
{
	struct clone_args arguments = { .exit_signal = SIGCHLD };
	scoped_fd cgroup = -1;
	if (directory[0] != '\0') {
		cgroup = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (cgroup < 0)
			return fail(init, errno, "open \"%s\"", directory);
		arguments.flags = CLONE_INTO_CGROUP;
		arguments.cgroup = cgroup;
	}
	/* Blocked before the clone, or an early end of the container process would be missed. */
	if (init->foreground && block_signals(init, true) < 0)
		return -1;
	pid_t pid = syscall(SYS_clone3, &arguments, sizeof(arguments));
	return pid < 0 ? fail(init, errno, "clone3") : pid;
}

/* The container process goes on once its pid is reported: no record of its own comes before. */
static int begin(struct init *init, int gate)
{
	char nothing;
	read_exactly(gate, &nothing, 1);
	close(gate);
	if (init->foreground && block_signals(init, false) < 0)
		return -1;
	return setsid() < 0 ? fail(init, errno, "setsid") : 0;
}

/* Tells everybody about the container process, lets it go on, and waits for it in the foreground. */
static int announce(struct init *init, pid_t pid, uint32_t pidfd_slot, int gate)
{
	/* It is a child that nobody else waits for: the pid cannot become another process. */
	scoped_fd pidfd = pidfd_slot == 0 ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd_slot != 0 && (pidfd < 0 || send_fd(slot_fd(init, pidfd_slot), "pidfd", pidfd) < 0))
		return fail(init, errno, "send the pidfd");
	if (report(init, RECORD_PID, pid, 0, "") < 0)
		_exit(1);
	close(gate);
	_exit(init->foreground ? wait_for(init, pid) : 0);
}

int run_clone(struct init *init, const struct step_clone *step)
{
	int gate[2];
	if (pipe2(gate, O_CLOEXEC) < 0)
		return fail(init, errno, "pipe2");
	pid_t pid = clone_into(init, step->cgroup);
	if (pid < 0)
		return -1;
	if (pid > 0)
		return announce(init, pid, step->pidfd_slot, gate[1]);
	close(init->status);
	close(gate[1]);
	if (step->pidfd_slot != 0 && release_slot(init, step->pidfd_slot) < 0)
		return -1;
	return begin(init, gate[0]);
}

/* Waits for the joiner, which tells the pid of the container process before it ends; 0 when it failed, which it reported. */
static pid_t pid_from(int told, pid_t joiner)
{
	pid_t pid;
	ssize_t count = read_exactly(told, &pid, sizeof(pid));
	while (waitpid(joiner, NULL, 0) < 0 && errno == EINTR)
		continue;
	return count == sizeof(pid) ? pid : 0;
}

int run_clone_joiner(struct init *init, const struct step_clone_joiner *step)
{
	int gate[2], told[2];
	if (pipe2(gate, O_CLOEXEC) < 0 || pipe2(told, O_CLOEXEC) < 0)
		return fail(init, errno, "pipe2");
	pid_t joiner = clone_into(init, step->cgroup);
	if (joiner < 0)
		return -1;
	if (joiner > 0) {
		close(told[1]);
		pid_t pid = pid_from(told[0], joiner);
		if (pid == 0)
			_exit(1);
		return announce(init, pid, step->pidfd_slot, gate[1]);
	}
	close(init->status);
	close(gate[1]);
	close(told[0]);
	init->gate = gate[0];
	init->told = told[1];
	return 0;
}

int run_clone_joined(struct init *init, const struct step_clone_joined *step)
{
	(void)step;
	const int kept[] = { init->control, init->rootfs, init->gate, init->told };
	if (close_others(init->first_slot, kept, sizeof(kept) / sizeof(kept[0])) < 0)
		return fail(init, errno, "close_range");
	init->slots = 0;
	/* A sibling: its parent is the outer init. It ends with the signal that the joiner ends with. */
	struct clone_args arguments = { .flags = CLONE_PARENT };
	pid_t pid = syscall(SYS_clone3, &arguments, sizeof(arguments));
	if (pid < 0)
		return fail(init, errno, "clone3");
	if (pid > 0)
		_exit(write(init->told, &pid, sizeof(pid)) == sizeof(pid) ? 0 : 1);
	close(init->told);
	return begin(init, init->gate);
}
