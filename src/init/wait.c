/* The waiter of a foreground process: relays signals and the terminal, and ends with the status of the process. */
#include "wait.h"
#include "fds.h"
#include "protocol.h"
#include "relay.h"
#include <errno.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/signalfd.h>
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

/* What is held open here would not end for its reader when the process ends. */
static void close_unused(const struct init *init, int signals)
{
	const struct relay *relay = init->relay;
	const int kept[] = {
		init->status, signals, relay == NULL ? -1 : relay->socket, relay == NULL ? -1 : relay->terminal,
	};
	close_others(relay == NULL ? 0 : 2, kept, sizeof(kept) / sizeof(kept[0]));
}

/* Ctrl-Z at a shell that has slipway as a job: the terminal is the shell's again. */
static void stop(struct relay *relay)
{
	relay_restore(relay);
	raise(SIGSTOP);
}

static void pass_on(const struct init *init, pid_t child, int number)
{
	struct relay *relay = init->relay;
	if (relay != NULL && number == SIGWINCH)
		relay_size(relay);
	else if (relay != NULL && number == SIGTSTP)
		stop(relay);
	else if (relay != NULL && number == SIGCONT) {
		relay_raw(relay);
		relay_size(relay);
	} else
		kill(child, number);
}

/* The exit status of the child; -1 while it runs. Takes the builder away that another child may have been. */
static int status_of(pid_t child)
{
	int status;
	pid_t ended;
	while ((ended = waitpid(-1, &status, WNOHANG)) > 0)
		if (ended == child)
			return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	return -1;
}

enum { SIGNALS, STATUS, RELAY };

int wait_for(const struct init *init, pid_t child)
{
	struct relay *relay = init->relay;
	sigset_t all;
	sigfillset(&all);
	int signals = signalfd(-1, &all, SFD_CLOEXEC);
	if (signals < 0) {
		report(init, RECORD_FAILED, init->step, errno, "signalfd");
		kill(child, SIGKILL);
		return 1;
	}
	close_unused(init, signals);
	for (;;) {
		struct pollfd entries[RELAY + RELAY_ENTRIES] = {
			[SIGNALS] = { .fd = signals, .events = POLLIN },
			/* An error: slipway, which reads it, is gone. */
			[STATUS] = { .fd = relay == NULL ? -1 : init->status },
		};
		if (relay != NULL)
			relay_prepare(relay, entries + RELAY);
		if (poll(entries, relay == NULL ? RELAY : RELAY + RELAY_ENTRIES, -1) < 0)
			continue;
		bool lost = entries[STATUS].revents != 0;
		if (relay != NULL && !lost)
			lost = relay_run(relay, entries + RELAY) < 0;
		/* Nobody else would give the terminal back, or end what runs at it. */
		if (lost)
			kill(child, SIGKILL);
		struct signalfd_siginfo signal = { 0 };
		if (entries[SIGNALS].revents != 0 && read(signals, &signal, sizeof(signal)) != sizeof(signal))
			continue;
		if (signal.ssi_signo >= RELAYED_SIGNAL)
			pass_on(init, child, signal.ssi_signo - RELAYED_SIGNAL);
		int status = lost || signal.ssi_signo == SIGCHLD ? status_of(child) : -1;
		if (status < 0)
			continue;
		if (lost)
			relay_restore(relay);
		else if (relay != NULL)
			relay_end(relay);
		return tell(init, status);
	}
}
