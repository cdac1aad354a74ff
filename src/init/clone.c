/* How the container process comes into being: clones of the outer init, or through the joiner (protocol.ts). */
#include "clone.h"
#include "park.h"
#include "protocol.h"
#include "send-fd.h"
#include "wait.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
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

int begin(struct init *init, int gate)
{
	char nothing;
	if (read_exactly(gate, &nothing, 1) != 1)
		_exit(1);
	close(gate);
	if (init->foreground && block_signals(init, false) < 0)
		return -1;
	return setsid() < 0 ? fail(init, errno, "setsid") : 0;
}

/* Tells everybody about the container process, and lets it go on. Returns 0, or -1 after fail(). */
static int announce(struct init *init, pid_t pid, uint32_t pidfd_slot, int gate)
{
	/* It is a child that nobody else waits for: the pid cannot become another process. */
	scoped_fd pidfd = pidfd_slot == 0 ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd_slot != 0 && (pidfd < 0 || send_fd(slot_fd(init, pidfd_slot), "pidfd", pidfd) < 0))
		return fail(init, errno, "send the pidfd");
	if (report(init, RECORD_PID, pid, 0, "") < 0 || write(gate, "", 1) != 1)
		_exit(1);
	close(gate);
	return 0;
}

static int follow(struct init *init, pid_t pid, uint32_t pidfd_slot, int gate)
{
	if (announce(init, pid, pidfd_slot, gate) < 0)
		return -1;
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
		return follow(init, pid, step->pidfd_slot, gate[1]);
	close(init->status);
	close(gate[1]);
	if (step->pidfd_slot != 0 && release_slot(init, step->pidfd_slot) < 0)
		return -1;
	return begin(init, gate[0]);
}

/* Takes the joiner out of the cgroup that has no room. Another process is moved only once the RCU grace period is over. */
static int retreat(struct init *init, const char *tasks, pid_t joiner)
{
	scoped_fd file = open(tasks, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (file < 0 || dprintf(file, "%d", joiner) < 0)
		return fail(init, errno, "write \"%s\"", tasks);
	if (write(init->line, "", 1) != 1)
		_exit(1);
	return report(init, RECORD_CROWDED, 0, 0, "");
}

/* Waits for the joiner, which ends once it has cloned the container process. tasks: where it may retreat to. */
static int await_birth(struct init *init, pid_t joiner, const char *tasks, struct birth *birth)
{
	ssize_t count = read_exactly(init->line, birth, sizeof(*birth));
	if (count == sizeof(*birth) && birth->pid == CROWDED) {
		if (retreat(init, tasks, joiner) < 0)
			return -1;
		count = read_exactly(init->line, birth, sizeof(*birth));
	}
	while (waitpid(joiner, NULL, 0) < 0 && errno == EINTR)
		continue;
	/* The joiner has reported why. */
	if (count != sizeof(*birth))
		_exit(1);
	return 0;
}

/* Returns as fork(2) does, -1 after fail(). */
static pid_t clone_with_room(struct init *init, const char *cgroup)
{
	pid_t joiner = clone_into(init, cgroup);
	if (joiner >= 0 || cgroup[0] == '\0' || init->failed_errno != EAGAIN)
		return joiner;
	joiner = clone_into(init, "");
	if (joiner > 0 && report(init, RECORD_CROWDED, 0, 0, "") < 0)
		_exit(1);
	return joiner;
}

/* A joiner has the gate of the container process, and a line to this process. Returns as fork(2) does, -1 after fail(). */
static pid_t clone_joiner(struct init *init, const char *cgroup, int *gate)
{
	int gates[2], lines[2];
	if (pipe2(gates, O_CLOEXEC) < 0)
		return fail(init, errno, "pipe2");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, lines) < 0)
		return fail(init, errno, "socketpair");
	pid_t joiner = clone_with_room(init, cgroup);
	bool child = joiner == 0;
	close(gates[child]);
	close(lines[child]);
	*gate = gates[!child];
	init->line = lines[!child];
	if (child)
		close(init->status);
	return joiner;
}

int run_clone_joiner(struct init *init, const struct step_clone_joiner *step)
{
	int gate;
	struct birth birth;
	pid_t joiner = clone_joiner(init, step->cgroup, &gate);
	if (joiner < 0)
		return -1;
	if (joiner > 0)
		return await_birth(init, joiner, step->retreat, &birth) < 0 ? -1 : follow(init, birth.pid, step->pidfd_slot, gate);
	init->gate = gate;
	init->may_retreat = step->retreat[0] != '\0';
	return 0;
}

int run_clone_parked(struct init *init, const struct step_clone_parked *step)
{
	(void)step;
	int gate;
	struct birth birth;
	pid_t joiner = clone_joiner(init, "", &gate);
	if (joiner < 0)
		return -1;
	init->gate = gate;
	if (joiner == 0) {
		init->parks = true;
		return 0;
	}
	if (await_birth(init, joiner, "", &birth) < 0)
		return -1;
	init->parked = birth.pid;
	/* The steps until there were the joiner's. */
	init->step = birth.step;
	return 0;
}

int run_clone_builder(struct init *init, const struct step_clone_builder *step)
{
	/* Its steps come after those of this process, and so do its records. */
	if (announce(init, init->parked, step->pidfd_slot, init->gate) < 0)
		return -1;
	pid_t builder = clone_into(init, step->cgroup);
	if (builder < 0)
		return -1;
	if (builder == 0) {
		close(init->status);
		if (init->foreground && block_signals(init, false) < 0)
			return -1;
		return become_builder(init);
	}
	close(init->line);
	if (init->foreground)
		_exit(wait_for(init, init->parked));
	while (waitpid(builder, NULL, 0) < 0 && errno == EINTR)
		continue;
	_exit(0);
}
