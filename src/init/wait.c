/* The waiter of a foreground container: relays signals, and ends with the status of the container process. */
#include "wait.h"
#include "init.h"
#include <errno.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

int block_signals(struct init *init, bool all)
{
	sigset_t blocked;
	if (all)
		sigfillset(&blocked);
	else
		sigemptyset(&blocked);
	return sigprocmask(SIG_SETMASK, &blocked, NULL) < 0 ? fail(init, errno, "sigprocmask") : 0;
}

static int tell(const struct init *init, uint32_t status)
{
	return write(init->status, &status, sizeof(status)) == sizeof(status) ? 0 : 1;
}

int wait_for(const struct init *init, pid_t child)
{
	/* Not held open here: whoever reads the container's output sees its end. A group of its own: what a terminal
	   sends to slipway's group arrives once, relayed by slipway. */
	close_range(0, init->status - 1, 0);
	setpgid(0, 0);
	sigset_t all;
	sigfillset(&all);
	for (;;) {
		siginfo_t signal;
		if (sigwaitinfo(&all, &signal) < 0)
			continue;
		if (signal.si_signo != SIGCHLD) {
			kill(child, signal.si_signo);
			continue;
		}
		int status;
		if (waitpid(child, &status, WNOHANG) == child)
			return tell(init, WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
	}
}
