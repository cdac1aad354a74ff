/* Hooks that run in the container (config.md#posix-platform-hooks). */
#include "protocol.h"
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHOWN 1024

/* The stdio of a hook: files in memory, because nobody would read a pipe while waiting. */
struct stdio {
	int state;
	int out;
	int err;
};

static void close_stdio(struct stdio *stdio)
{
	close_scoped(&stdio->state);
	close_scoped(&stdio->out);
	close_scoped(&stdio->err);
}

/* The pid is that of the container process in its own pid namespace, where the hook runs. */
static int write_state(const struct init *init, int fd, const struct step_hook *step)
{
	pid_t pid = init->builds ? init->pid_inside : getpid();
	return dprintf(fd, "%s%d%s", step->before_pid, pid, step->after_pid) < 0 ? -1 : lseek(fd, 0, SEEK_SET);
}

static int open_stdio(struct init *init, struct stdio *stdio, const struct step_hook *step)
{
	stdio->state = memfd_create("hook-state", MFD_CLOEXEC);
	stdio->out = memfd_create("hook-stdout", MFD_CLOEXEC);
	stdio->err = memfd_create("hook-stderr", MFD_CLOEXEC);
	if (stdio->state < 0 || stdio->out < 0 || stdio->err < 0)
		return fail(init, errno, "memfd_create");
	return write_state(init, stdio->state, step) < 0 ? fail(init, errno, "write the state for a hook") : 0;
}

/* Never returns: becomes the hook, or says the errno into the pipe. */
static void become_hook(struct init *init, const struct step_hook *step, const struct stdio *stdio, int failure)
{
	signal(SIGPIPE, SIG_DFL);
	/* A group of its own, so that a time-out ends what it started too. */
	bool ready = setpgid(0, 0) == 0 && dup2(stdio->state, 0) >= 0 && dup2(stdio->out, 1) >= 0 &&
		     dup2(stdio->err, 2) >= 0 && close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0 &&
		     (!step->in_rootfs || fchdir(init->rootfs) == 0);
	if (ready)
		execve(step->path, (char *const *)step->args, (char *const *)step->env);
	int error = errno;
	if (write(failure, &error, sizeof(error)) < 0)
		_exit(126);
	_exit(127);
}

/* What a hook printed, on one line. */
static const char *printed(int fd, char *text)
{
	ssize_t length = pread(fd, text, SHOWN - 1, 0);
	text[length < 0 ? 0 : length] = '\0';
	while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == ' '))
		text[--length] = '\0';
	for (char *at = text; *at != '\0'; at++)
		if (*at == '\n')
			*at = ';';
	return text;
}

static int fail_hook(struct init *init, const struct step_hook *step, const struct stdio *stdio, const char *why)
{
	char out[SHOWN];
	char err[SHOWN];
	init->hook_failed = true;
	return fail(init, 0, "error running %s hook #%u: %s, stdout: %s, stderr: %s", step->kind, step->index, why,
		    printed(stdio->out, out), printed(stdio->err, err));
}

/* Waits for the end, no longer than the time-out. Returns 0 with the wait status, or -1 after the hook was killed. */
static int await_end(pid_t hook, const struct step_hook *step, int *status)
{
	scoped_fd pidfd = step->timeout == 0 ? -1 : (int)syscall(SYS_pidfd_open, hook, 0);
	struct pollfd end = { .fd = pidfd, .events = POLLIN };
	int count = 0;
	if (pidfd >= 0)
		do
			count = poll(&end, 1, step->timeout > INT_MAX / 1000 ? INT_MAX : (int)step->timeout * 1000);
		while (count < 0 && errno == EINTR);
	bool late = step->timeout > 0 && count <= 0;
	if (late)
		kill(-hook, SIGKILL);
	while (waitpid(hook, status, 0) < 0 && errno == EINTR)
		continue;
	return late ? -1 : 0;
}

/* Adds what a hook printed to the file of a slot. */
static int keep_output(struct init *init, uint32_t slot, int printed)
{
	if (slot == 0)
		return 0;
	int file = slot_fd(init, slot);
	if (file < 0)
		return -1;
	off_t from = 0;
	ssize_t count;
	char bytes[4096];
	while ((count = pread(printed, bytes, sizeof(bytes), from)) > 0) {
		if (write(file, bytes, count) != count)
			return fail(init, errno, "write the output of a hook");
		from += count;
	}
	return count < 0 ? fail(init, errno, "read the output of a hook") : 0;
}

int run_hook(struct init *init, const struct step_hook *step)
{
	__attribute__((cleanup(close_stdio))) struct stdio stdio = { -1, -1, -1 };
	int pipe[2];
	if (open_stdio(init, &stdio, step) < 0)
		return -1;
	if (pipe2(pipe, O_CLOEXEC) < 0)
		return fail(init, errno, "pipe2");
	scoped_fd failure = pipe[0];
	pid_t hook = fork();
	if (hook == 0)
		become_hook(init, step, &stdio, pipe[1]);
	int fork_error = errno;
	close(pipe[1]);
	if (hook < 0)
		return fail(init, fork_error, "fork");
	char why[256];
	bool failed = true;
	int status;
	int error;
	if (read_exactly(failure, &error, sizeof(error)) == sizeof(error)) {
		waitpid(hook, &status, 0);
		snprintf(why, sizeof(why), "fork/exec %s: %c%s (%s)", step->path, tolower(strerror(error)[0]),
			 strerror(error) + 1, strerrorname_np(error));
	} else if (await_end(hook, step, &status) < 0) {
		snprintf(why, sizeof(why), "hook ran past specified timeout of %u.0s", step->timeout);
	} else if (WIFSIGNALED(status)) {
		snprintf(why, sizeof(why), "signal: SIG%s", sigabbrev_np(WTERMSIG(status)));
	} else if (WEXITSTATUS(status) != 0) {
		snprintf(why, sizeof(why), "exit status %d", WEXITSTATUS(status));
	} else {
		failed = false;
	}
	if (keep_output(init, step->stdout_slot, stdio.out) < 0 || keep_output(init, step->stderr_slot, stdio.err) < 0)
		return -1;
	return failed ? fail_hook(init, step, &stdio, why) : 0;
}

int run_sync(struct init *init, const struct step_sync *step)
{
	(void)step;
	return report(init, RECORD_SYNC, init->step, 0, "");
}
